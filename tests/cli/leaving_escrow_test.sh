#!/usr/bin/env bash
# Leaving escrow: policy e2ee, a new chain; the audit says which old backups the agent can still
# open, and the agent can.
source "$(dirname "$0")/common.bash"

database=$work/live/chat.db
mkdir "$work/live" "$work/agent"
make_history "$database"
pass=(--passphrase-file "$work/passphrase")
printf 'plank ginger lunar socket dune\n' >"$work/agent.pass"
agent=(--dir "$work/agent" --passphrase-file "$work/agent.pass")
expect 0 escrow keygen --name Mara "${agent[@]}" --recovery-code-to "$work/agent.code" \
  "${quick_key[@]}"

init_vault
expect 0 policy set escrow --yes "$work/agent/agent.card" "${pass[@]}"
for i in 1 2 3; do
  expect 0 backup --json "$database"
  escrowed+=("$(field summary snapshot)")
  sqlite3 "$database" "VACUUM INTO '$work/escrowed-$i.db'"
  add_messages "$database" 10
done
expect 0 escrow drill --all "${agent[@]}"

expect 0 policy set e2ee "${pass[@]}"
says out 'stay readable by Mara alone: nothing can take that back'
says out Mara
says out 'only you can open new backups'
for i in 1 2; do
  expect 0 backup --json
  [ "$(field summary policy)" = e2ee ] || fail 'a backup under the old policy'
  kinds+=("$(field summary kind)")
  private+=("$(field summary snapshot)")
  add_messages "$database" 10
done
[ "${kinds[*]}" = 'full increment' ] || fail "leaving escrow did not start a chain: ${kinds[*]}"

# The audit: three that Mara can open, two that only the owner can, and since when.
expect 0 audit
says out '5 backups: 2 end-to-end (only the owner can open), 3 escrowed.'
says out 'Besides the owner, Mara alone can open 3 backups.'
says out 'END-TO-END: only the owner'
expect 0 audit --json
readable() {
  json "SELECT json_extract(line.json, '\$.snapshot') FROM line, json_each(line.json, '\$.readers') AS reader
        WHERE json_extract(line.json, '\$.type') = 'backup'
        AND json_extract(reader.value, '\$.name') = 'Mara' ORDER BY json_extract(line.json, '\$.seq')"
}
[ "$(readable)" = "$(printf '%s\n' "${escrowed[@]}")" ] || fail "Mara is said to open: $(readable)"

# And so it is.
for i in 1 2 3; do
  expect 0 escrow open "${escrowed[$((i - 1))]}" --to "$work/agent-$i" "${agent[@]}"
  same_rows "$work/escrowed-$i.db" "$work/agent-$i/chat.db"
done
for snapshot in "${private[@]}"; do
  expect 12 escrow open "$snapshot" --to "$work/agent-no" "${agent[@]}"
done
[ ! -e "$work/agent-no/chat.db" ] || fail 'the agent opened an end-to-end backup'
# Nor has the new chain anything of the old one: the owner proves every slot.
expect 0 audit --deep "${pass[@]}" --json
[ "$(json "SELECT count(*) FROM line WHERE json_extract(json, '\$.level') = 'L3'")" = 5 ] ||
  fail 'not every backup is L3'
echo 'leaving escrow: told, and true'
