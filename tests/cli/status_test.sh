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
# A check that failed is not passed over until one goes well.
container=$(ls "$VALISE_VAULT"/backups/*.valise | tail -n 1)
cp "$container" "$work/whole"
printf 'x' | dd of="$container" bs=1 seek=4000 conv=notrunc status=none
expect 13 verify --all --passphrase-file "$work/passphrase"
expect 17 status
says out 'VERIFY FAILED: valise verify'
cp "$work/whole" "$container"
expect 0 verify --all --passphrase-file "$work/passphrase"
expect 0 status
printf 'x' | dd of="$container" bs=1 seek=4000 conv=notrunc status=none
expect 13 scrub
expect 17 status
says out 'SCRUB FAILED: valise scrub'
expect 17 status --json
[ "$(field summary ok)" = 0 ] || fail 'a failed scrub is ok'
cp "$work/whole" "$container"
expect 0 scrub
expect 0 status
# A night that does not find the vault: its drive is not there, or there with nothing on it.
mv "$VALISE_VAULT" "$work/drive"
expect 10 status
grep -qF 'found no vault either' "$work/err" && fail 'a night that never was'
expect 10 backup
expect 10 status
says err 'connect that first'
says err 'found no vault either'
mkdir "$VALISE_VAULT"
expect 10 backup
expect 10 status
says err 'connect that first'
rmdir "$VALISE_VAULT"
mv "$work/drive" "$VALISE_VAULT"
expect 17 status
says out 'FAILED: '
says out 'connect that first'
expect 0 backup --dry-run
expect 17 status
expect 0 backup
expect 0 status
# Where nothing can be noted, all verbs work.
rm -rf "$HOME/.local/state"
expect 0 scrub
expect 0 status
says out 'never scrubbed'
echo 'status: three lines a source, and 17 when a night failed'
