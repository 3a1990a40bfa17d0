#!/usr/bin/env bash
# Every verb prints JSON lines and nothing else on stdout, errors included.
source "$(dirname "$0")/common.bash"

database=$work/chat.db
make_history "$database"

expect 10 list --json
all_json
[ "$(field error code)" = 10 ] || fail 'the error has no code'
[ "$(field error kind)" = not_found ] || fail 'the error has no kind'
expect 2 --json restore
all_json
[ "$(field error code)" = 2 ] || fail 'an error of the command line is no JSON'

init_vault --json
all_json
[ "$(field summary device_id | wc -c)" = 65 ] || fail 'init names no device'
grep -qF "$(cat "$work/code")" "$work/out" && fail 'init prints the recovery code into JSON'

expect 0 backup --json --dry-run "$database"
all_json
[ -z "$(field summary snapshot)" ] || fail 'a dry run made a snapshot'
VALISE_PROGRESS_FPS=60 expect 0 backup --json "$database"
all_json
[ "$(field summary kind)" = full ] || fail 'the first backup is not full'
[ "$(field summary messages)" = 2000 ] || fail 'not every message was counted'
[ "$(field summary policy)" = e2ee ] || fail 'the first policy is not e2ee'
[ "$(field summary source)" = "$database" ] || fail 'the source is not named'
add_messages "$database" 7
expect 0 backup --json
all_json
[ "$(field summary kind)" = increment ] || fail 'the second backup is no increment'
[ "$(field summary messages)" = 2007 ] || fail 'the second backup misses messages'
snapshot=$(field summary snapshot)

expect 0 list --json
all_json
[ "$(json "SELECT count(*) FROM line WHERE json_extract(json, '\$.type') = 'snapshot'")" = 2 ] ||
  fail 'the list does not have both snapshots'
[ "$(field snapshot snapshot)" = "$snapshot" ] || fail 'the newest is not the last'
[ "$(field snapshot name)" = chat.db ] || fail 'this device does not know its source'
# The bytes that the list tells are those on disk.
[ "$(field snapshot bytes)" = "$(stat -c %s "$VALISE_VAULT/backups/$snapshot.valise")" ] ||
  fail 'the list is wrong about the size'

expect 0 scrub --json
all_json
[ "$(field summary errors)" = 0 ] || fail 'a fresh vault is damaged'
expect 0 verify --all --json --passphrase-file "$work/passphrase"
all_json
[ "$(field summary failed)" = 0 ] || fail 'a fresh vault does not verify'
expect 0 audit --json
all_json
[ "$(field summary e2ee)" = 2 ] || fail 'the audit does not count both'
[ "$(field backup level)" = L1 ] || fail 'the audit proves less than L1'
expect 0 restore --json --to "$work/to" --passphrase-file "$work/passphrase"
all_json
[ "$(field summary database)" = "$work/to/chat.db" ] || fail 'the restored database is not named'
expect 0 copy --all --json --to "$VALISE_VAULT" --passphrase-file "$work/passphrase"
all_json
[ "$(field plan snapshots)" = 0 ] || fail 'what stands under the policy in force would be copied'
expect 0 copy latest --json --to "$VALISE_VAULT" --passphrase-file "$work/passphrase"
all_json
[ "$(field backup copied_from)" = "$snapshot" ] || fail 'the copy does not say of what'
[ "$(field backup origin.entry_id | wc -c)" = 65 ] || fail 'the copy has no origin'
[ "$(field summary snapshots)" = 1 ] || fail 'the copy is not counted'
expect 0 list --json
all_json
[ "$(json "SELECT count(*) FROM line WHERE json_extract(json, '\$.origin.time') IS NOT NULL
           AND json_extract(json, '\$.captured_at') IS NOT NULL")" = 1 ] ||
  fail 'the list does not show the copy'
expect 0 policy show --json
all_json
expect 0 policy set e2ee --min-keep-days 30 --json --passphrase-file "$work/passphrase"
all_json
[ "$(json "SELECT json_extract(json, '\$.policy.min_keep_days') FROM line")" = 30 ] ||
  fail 'the days to keep are not in the policy'
expect 0 policy show --all --json
all_json
[ "$(json "SELECT group_concat(json_extract(json, '\$.backups')) FROM line
           WHERE json_extract(json, '\$.type') = 'policy'")" = 3,0 ] ||
  fail 'the history does not count the backups'
expect 0 policy show --all
says out 'to now'
says out 'is to be kept for 30 days'
expect 0 key devices --json
all_json
[ "$(field device backups)" = 3 ] || fail 'the device misses its backups'
[ "$(field device this_machine)" = 1 ] || fail 'this machine is not known'
expect 0 version --json
all_json
expect 2 key add-device --json --passphrase-file "$work/passphrase"
all_json
expect 0 escrow keygen --json --name Mara --dir "$work/mara" --passphrase-file "$work/passphrase" \
  --recovery-code-to "$work/mara.code" "${quick_key[@]}"
all_json
expect 0 escrow card --json --dir "$work/mara"
all_json
[ "$(field summary kind)" = agent ] || fail 'an agent has no card of an agent'

# A name that is no UTF-8 keeps its bytes.
odd=$work/$(printf 'od\xffd.db')
cp "$database" "$odd"
expect 0 backup --json --dry-run "$odd"
all_json
[ "$(field summary source_b64 | base64 -d)" = "$odd" ] || fail 'a path lost its bytes'
echo 'JSON: every line of every verb is an object'
