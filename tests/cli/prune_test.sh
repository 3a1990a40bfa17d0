#!/usr/bin/env bash
# Old snapshots go by rules: the plan, the removal, and what the other verbs say of it.
source "$(dirname "$0")/common.bash"

database=$work/chat.db
make_history "$database"
init_vault
# No rule, no number, no key without --compact.
expect 2 prune
says err 'valise prune --keep-daily 14'
expect 2 prune --keep-last 0
expect 2 prune --keep-last -1
expect 2 prune --keep-within 90
expect 2 prune --keep-last 1 --passphrase-file "$work/passphrase"
expect 0 prune --keep-last 1
says out 'This device has no snapshots'
for night in 1 2 3; do
  add_messages "$database" 20
  expect 0 backup --full "$database"
done
add_messages "$database" 20
expect 0 backup
newest=$("$valise" list --json | sed -n '$s/.*"snapshot":"\([0-9a-f]*\)".*/\1/p')

expect 10 prune --keep-last 1 --source other.db
expect 0 prune --keep-last 3 --dry-run
says out 'chat.db (source '
says out 'would go'
says out 'of the last 3'
says out 'Would remove 1 container'
expect 0 list --json
[ "$(json 'SELECT count(*) FROM line')" = 4 ] || fail 'a dry run removed something'
expect 0 prune --keep-last 1 --dry-run --json
all_json
[ "$(json "SELECT count(*) FROM line WHERE json_extract(json, '\$.action') = 'prune'")" = 2 ] ||
  fail 'the plan is another one'
json "SELECT json_extract(json, '\$.reasons') FROM line" | grep -q "${newest:0:8} builds on it" ||
  fail 'no reason for what the newest builds on'
[ "$(field summary pruned)" = 2 ] && [ "$(field summary dry_run)" = 1 ] || fail 'another summary'
expect 0 prune --keep-last 1 --quiet
[ ! -s "$work/out" ] || fail 'something was said'
expect 0 list --json
[ "$(json 'SELECT count(*) FROM line')" = 2 ] || fail 'not two snapshots are left'
[ "$(find "$work/vault/backups" -type f | wc -l)" = 2 ] || fail 'not two containers are left'
expect 0 scrub
expect 0 verify --all --passphrase-file "$work/passphrase"
expect 0 audit
expect 0 restore --to "$work/to" --passphrase-file "$work/passphrase"
same_rows "$database" "$work/to/chat.db"

# A chain is folded: of two chains, each a full and an increment, the older one's increment stays.
add_messages "$database" 20
expect 0 backup --full
expect 2 prune --keep-last 2 --compact
expect 0 prune --keep-last 2 --compact --dry-run
says out 'Would copy 1 snapshot'
says out 'Would remove 2 containers'
says out '2 kept'
expect 0 prune --keep-last 2 --compact --passphrase-file "$work/passphrase"
says out 'Copied 1 snapshot into a new chain'
expect 0 list --json
[ "$(json 'SELECT count(*) FROM line')" = 2 ] || fail 'not two snapshots are left'
expect 0 scrub
expect 0 verify --all --passphrase-file "$work/passphrase"
expect 0 backup
expect 0 prune --keep-last 1 --compact --dry-run
says out 'is left as it is: the next backup builds on it; "valise backup --full"'
expect 0 prune --keep-last 1 --compact --dry-run --json
all_json
echo 'prune: by rules, told before it is done, and sound after it'
