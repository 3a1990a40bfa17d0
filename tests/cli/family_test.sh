#!/usr/bin/env bash
# A family: two of three relatives can open together. The owner is gone and so is his device, one
# agent has lost everything; the others, far apart, open the history for a niece on a machine that
# never saw the vault's device.
source "$(dirname "$0")/common.bash"

database=$work/live/chat.db
mkdir "$work/live"
make_history "$database"
pass=(--passphrase-file "$work/passphrase")
# at WHO: the next command runs on that person's own machine.
at() { export HOME=$work/$1 && mkdir -p "$HOME"; }
words=('plank ginger lunar socket dune' 'tulip anvil cobalt prune sleigh' 'wharf eagle mint tunnel ochre')

agents=(mara uncle notary)
for i in 0 1 2; do
  at "${agents[$i]}"
  printf '%s\n' "${words[$i]}" >"$work/${agents[$i]}.pass"
  expect 0 escrow keygen --name "${agents[$i]}" --passphrase-file "$work/${agents[$i]}.pass" \
    --recovery-code-to "$work/${agents[$i]}.code" "${quick_key[@]}"
  cp "$HOME/.config/valise/agent.card" "$work/${agents[$i]}.card"
done

at owner
init_vault --device-name desk
expect 0 policy set escrow --k 2 --yes "$work"/{mara,uncle,notary}.card "${pass[@]}"
says out 'without you for any 2 of mara, uncle and notary together'
expect 0 key card --to "$work/owner.card"
expect 0 backup "$database"
add_messages "$database" 50
expect 0 backup
sqlite3 "$database" "VACUUM INTO '$work/before.db'"
add_messages "$database" 30
expect 0 backup
sqlite3 "$database" "VACUUM INTO '$work/last.db'"

# While all is well each agent proves that it can: with the vault, by file, from a request.
at mara
expect 0 escrow pin "$work/owner.card" --as 'Aunt Ada' --yes
expect 0 escrow drill --passphrase-file "$work/mara.pass"
says out 'drilled   backup'
at uncle
expect 0 escrow drill --to "$work/uncle.drill" --recovery-code-file "$work/uncle.code"
at owner
expect 0 escrow drill --accept "$work/uncle.drill"
# A drill of no backup here: nothing is made up of it, and the agent is whom to ask.
cp "$work/uncle.drill" "$work/odd.drill"
printf 'odd' | dd of="$work/odd.drill" bs=1 seek=40 conv=notrunc status=none
expect 13 escrow drill --accept "$work/odd.drill"
says err 'a drill did not fit: ask the agent for a new one'
! grep -q 'tell the owner' "$work/err" || fail 'a drill that does not fit is taken for a bad slot'
# Junk in a drill's place says nothing of the slot, and does not send to the owner.
drilled=$(find "$VALISE_VAULT/drills" -name '*.2')
cp "$drilled" "$work/sound.drill"
printf 'junk' >"$drilled"
at uncle
for done in "escrow drill --recovery-code-file $work/uncle.code" \
  "escrow drill --accept $work/uncle.drill"; do
  # shellcheck disable=SC2086
  expect 13 $done
  says err 'something else stands in the place of a drill'
  ! grep -Eq 'tell the owner|did not fit' "$work/err" || fail 'junk is taken for a bad slot or drill'
done
expect 13 scrub --quarantine
expect 0 escrow drill --accept "$work/uncle.drill"
cmp -s "$drilled" "$work/sound.drill" || fail 'the drill does not stand in its place again'
at owner
expect 13 escrow drill --accept "$work/odd.drill" --json
for unknown in snapshot time agent; do
  [ "$(json "SELECT json_type(json, '\$.$unknown') FROM line
    WHERE json_extract(json, '\$.type') = 'drill'")" = null ] ||
    fail "the JSON makes up the $unknown of an odd drill"
done
expect 0 audit --json
drilled() {
  json "SELECT group_concat(json_extract(reader.value, '\$.name')) FROM line,
        json_each(line.json, '\$.readers') AS reader
        WHERE json_extract(line.json, '\$.type') = 'backup' AND json_extract(reader.value, '\$.drilled')"
}
[ "$(drilled)" = 'mara,uncle' ] || fail "drilled are: $(drilled)"

# The owner and his device are gone; the notary has lost key, card and code.
rm -rf "$work/owner" "$work/notary" "$work/notary.code" "$work/notary.pass" "$work/live"
at niece
printf 'garnet bishop tundra violin kelp\n' >"$work/niece.pass"
niece=(--passphrase-file "$work/niece.pass")
expect 2 restore --to "$HOME/out" </dev/null
expect 0 escrow request --to "$work/help.request" --name Nina "${niece[@]}" "${quick_key[@]}"
fingerprint=$(sed -nE '1s/^Request ([^ ]*) .*/\1/p' "$work/out")
says out '3 backups of'
says out '2 of 3 agents: mara, uncle, notary'
[ "$(stat -c %a "$work/help.request.key")" = 600 ] || fail 'the key of the request is not 0600'
expect 2 escrow request --to "$work/help.request" "${niece[@]}"
says err 'never overwritten'

# Each agent has the request's file and nothing else, and sees what it is about.
at mara
export VALISE_VAULT=$work/nothing-here
expect 2 escrow open --request "$work/help.request" --to "$work/mara.answer" \
  --passphrase-file "$work/mara.pass"
says err 'give --yes'
says err 'valise:   Takes:      2 of 3 agents: mara, uncle, notary'
says err 'Aunt Ada (you keep this owner'
says err 'the days are as the device that made the backups claims; whether it was'
expect 12 escrow open --request "$work/help.request" --to "$work/mara.answer" --yes \
  --passphrase-file "$work/niece.pass"
[ ! -e "$work/mara.answer" ] || fail 'an answer without the key'
expect 0 escrow open --request "$work/help.request" --to "$work/mara.answer" --yes \
  --passphrase-file "$work/mara.pass"
says err "$fingerprint"
at uncle
expect 0 escrow open --request "$work/help.request" --to "$work/uncle.answer" --yes --json \
  --recovery-code-file "$work/uncle.code"
all_json
[ "$(field summary agent)" = uncle ] || fail 'another agent than uncle answered'
[ "$(json "SELECT json_extract(json, '\$.request.backups') FROM line")" = 3 ] ||
  fail 'the request is not about three backups'
export VALISE_VAULT=$work/vault

at niece
combine=(escrow combine --request "$work/help.request" "${niece[@]}")
expect 12 "${combine[@]}" "$work/mara.answer" --to "$HOME/out"
says err '2 agents must answer and 1 did ("mara")'
expect 12 "${combine[@]}" "$work/mara.answer" "$work/mara.answer" --to "$HOME/out"
expect 10 "${combine[@]}" "$work/mara.answer" "$work/absent" --to "$HOME/out"
cp "$work/uncle.answer" "$work/spoilt.answer"
printf 'spoilt' | dd of="$work/spoilt.answer" bs=1 seek=120 conv=notrunc status=none
expect 13 "${combine[@]}" "$work/mara.answer" "$work/spoilt.answer" --to "$HOME/out"
says err spoilt.answer
expect 12 escrow combine --request "$work/help.request" --passphrase-file "$work/mara.pass" \
  "$work/mara.answer" "$work/uncle.answer" --to "$HOME/out"
[ ! -e "$HOME/out/chat.db" ] || fail 'something was restored without enough answers'
expect 0 "${combine[@]}" "$work/mara.answer" "$work/uncle.answer" --to "$HOME/out"
same_rows "$work/last.db" "$HOME/out/chat.db"

# One agent alone opens nothing.
at mara
expect 12 escrow open --to "$HOME/out" --passphrase-file "$work/mara.pass"
says err 'it takes 2 of 3'
echo 'family: two of three, far apart, opened the history'
