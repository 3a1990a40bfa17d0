#!/usr/bin/env bash
# The main job end to end, end-to-end and under escrow: what a user does from the first day to the
# day on another machine.
source "$(dirname "$0")/common.bash"

database=$work/live/chat.db
mkdir "$work/live"
make_history "$database"
pass=(--passphrase-file "$work/passphrase")

init_vault --device-name desk
expect 0 backup "$database"
sqlite3 "$database" "VACUUM INTO '$work/day1.db'"
add_messages "$database" 40
expect 0 backup
sqlite3 "$database" "VACUUM INTO '$work/day2.db'"
expect 0 list
[ "$(wc -l <"$work/out")" = 3 ] || fail 'the list does not have two snapshots'
says out increment
first=$(sed -n 2p "$work/out" | cut -d ' ' -f 1)
expect 0 scrub
expect 0 verify --all "${pass[@]}"
expect 0 audit
says out '2 backups: 2 end-to-end'
expect 0 audit --deep "${pass[@]}"
says out 'L3 rebuilt'

# Whoever audits elsewhere needs the owner's card to tell this owner's vault from another's.
expect 0 key card --to "$work/owner.card"
expect 2 key card --to "$work/owner.card"
counsel=$work/counsel
mkdir "$counsel"
HOME=$counsel expect 0 audit --json
[ "$(json "SELECT DISTINCT json_extract(json, '\$.level') FROM line
           WHERE json_extract(json, '\$.type') = 'backup'")" = L0 ] || fail 'unpinned, and not L0'
HOME=$counsel expect 0 audit --json --pin "$work/owner.card"
[ "$(json "SELECT DISTINCT json_extract(json, '\$.level') FROM line
           WHERE json_extract(json, '\$.type') = 'backup'")" = L1 ] || fail 'pinned, and not L1'
# Without a credential it takes the owner's key, and comes out the same.
HOME=$counsel expect 0 key card --to "$work/again.card" "${pass[@]}"
cmp "$work/owner.card" "$work/again.card" || fail 'the card differs by how it was made'
VALISE_VAULT=$work/other HOME=$counsel expect 0 init --recovery-code-to "$work/other.code" \
  "${quick_key[@]}" "${pass[@]}"
HOME=$counsel expect 17 audit --pin "$work/owner.card" "$work/other"

expect 0 restore --to "$work/latest" "${pass[@]}"
same_rows "$work/day2.db" "$work/latest/chat.db"
expect 0 restore "$first" --to "$work/first" --recovery-code-file "$work/code"
same_rows "$work/day1.db" "$work/first/chat.db"

# Escrow: the agent makes a key on a machine of its own and hands over the card.
agent_home=$work/agent
mkdir "$agent_home"
printf 'plank ginger lunar socket dune\n' >"$work/agent.pass"
HOME=$agent_home expect 0 escrow keygen --name Mara --passphrase-file "$work/agent.pass" \
  --recovery-code-to "$work/agent.code" "${quick_key[@]}"
HOME=$counsel expect 2 audit --pin "$agent_home/.config/valise/agent.card"
HOME=$agent_home expect 0 escrow card
fingerprint=$(sed -n 1p "$work/out")
cp "$agent_home/.config/valise/agent.card" "$work/mara.card"
# Nobody is there to compare the fingerprint.
expect 2 policy set escrow --k 1 "$work/mara.card" "${pass[@]}"
expect 0 policy set escrow --k 1 --yes "$work/mara.card" "${pass[@]}"
says err "${fingerprint##* }"
expect 0 policy show
says out Mara
add_messages "$database" 30
expect 0 backup --json
[ "$(field summary kind)" = full ] || fail 'a new policy did not start a chain'
[ "$(field summary policy)" = escrow ] || fail 'the backup is not under escrow'
sqlite3 "$database" "VACUUM INTO '$work/day3.db'"
escrowed=$(field summary snapshot)

expect 10 verify --agent-key "$work/absent.key" --passphrase-file "$work/passphrase"
says err "$work/absent.key: there is no such agent key file"
agent=(--agent-key "$agent_home/.config/valise/agent.key" --passphrase-file "$work/agent.pass")
mkdir "$work/elsewhere"
HOME=$work/elsewhere expect 0 restore --to "$work/by-agent" "${agent[@]}"
same_rows "$work/day3.db" "$work/by-agent/chat.db"
# What was made end-to-end stays closed to the agent.
HOME=$work/elsewhere expect 12 restore "$first" --to "$work/not-for-agent" "${agent[@]}"
[ ! -e "$work/not-for-agent/chat.db" ] || fail 'an agent opened an end-to-end backup'
expect 0 audit --json
[ "$(field summary escrowed)" = 1 ] && [ "$(field summary e2ee)" = 2 ] ||
  fail 'the audit is wrong about who can open what'
expect 0 audit
says out 'Besides the owner, Mara alone can open 1 backup.'

# Back to end-to-end: a new chain, and the escrowed backup stays readable by the agent.
expect 0 policy set e2ee "${pass[@]}"
add_messages "$database" 5
expect 0 backup --json
[ "$(field summary kind)" = full ] && [ "$(field summary policy)" = e2ee ] ||
  fail 'leaving escrow did not start a chain'
HOME=$work/elsewhere expect 12 restore latest --to "$work/no" "${agent[@]}"
HOME=$work/elsewhere expect 0 restore "$escrowed" --to "$work/still" "${agent[@]}"
same_rows "$work/day3.db" "$work/still/chat.db"
expect 0 scrub
expect 0 verify --all "${pass[@]}"
echo 'both modes: backed up, proven, restored'
