#!/usr/bin/env bash
# When each source was last backed up, verified and scrubbed, in three lines.
source "$(dirname "$0")/common.bash"

database=$work/chat.db
make_history "$database"
expect 10 status
init_vault
expect 2 status --max-age 2
expect 0 status
says out 'No backup of this device yet'
expect 17 status --max-age 1d
expect 0 backup "$database"
expect 0 status --max-age 1d
says out 'chat.db: last backup'
says out '2,000 messages, ok'
says out 'never verified by this device'
[ "$(wc -l <"$work/out")" = 3 ] || fail 'not three lines'
expect 0 verify --passphrase-file "$work/passphrase"
expect 0 scrub
expect 0 status
[ "$(wc -l <"$work/out")" = 3 ] || fail 'not three lines'
says out '  verified '
says out '  scrubbed '
expect 0 status --json
all_json
[ "$(field source name)" = chat.db ] && [ "$(field source messages)" = 2000 ] || fail 'no source'
[ "$(field summary failed)" = 0 ] || fail 'a night failed that did not'
mv "$database" "$work/aside.db"
expect 15 backup
expect 17 status
says out 'FAILED'
mv "$work/aside.db" "$database"
expect 0 backup
expect 0 status
# Where nothing can be noted, all verbs work.
rm -rf "$HOME/.local/state"
expect 0 scrub
expect 0 status
says out 'never scrubbed'
echo 'status: three lines a source, and 17 when a night failed'
