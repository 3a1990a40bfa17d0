#!/usr/bin/env bash
# A person alone, end-to-end: some days of backups, the passphrase forgotten, and back with the code
# on a machine that has nothing but the vault.
source "$(dirname "$0")/common.bash"

database=$work/chat.db
make_history "$database"
code=(--recovery-code-file "$work/code")
printf 'walnut copper thistle ember gravel\n' >"$work/new"

init_vault --device-name desk
for _ in 1 2 3; do
  expect 0 backup "$database"
  add_messages "$database" 40
done
expect 0 backup
sqlite3 "$database" "VACUUM INTO '$work/then.db'"
expect 0 policy show
says out 'end-to-end: only the owner'

# Forgotten: every guess is refused, and says what is left.
for guess in 'crate velvet noon hazel orbits' 'Crate Velvet Noon Hazel Orbit' 'password'; do
  expect 12 restore --to "$work/no" --passphrase-command "echo '$guess'"
  says err 'use the recovery code'
done
[ ! -e "$work/no" ] || [ -z "$(ls -A "$work/no")" ] || fail 'a wrong passphrase left something'

# The code on paper: is it the right one? Nothing changes by asking.
traces() { find "$VALISE_VAULT" -printf '%p %i %s %T@ %C@\n' | sort; }
traces >"$work/before"
expect 0 key recovery-check "${code[@]}"
says out 'The code is right'
tr -d '-' <"$work/code" | tr '[:upper:]' '[:lower:]' >"$work/typed"
expect 0 key recovery-check --recovery-code-file "$work/typed"
sed 's/^\(.\)\(.\)/\2\1/' "$work/code" >"$work/swapped"
if ! cmp -s "$work/code" "$work/swapped"; then
  expect 12 key recovery-check --recovery-code-file "$work/swapped"
  says err 'mistyped'
fi
expect 0 init --vault "$work/other" --no-passphrase --recovery-code-to "$work/other.code"
expect 12 key recovery-check --recovery-code-file "$work/other.code"
says err "another vault's"
expect 0 key recovery-check --json "${code[@]}"
all_json
[ "$(field summary right)" = 1 ] || fail 'JSON does not say that the code is right'
traces | cmp - "$work/before" || fail 'recovery-check changed the vault'
# A passphrase that is set for other verbs is not taken for the code.
VALISE_PASSPHRASE=$passphrase expect 2 key recovery-check

# Another machine: an empty home, the vault's folder, the code.
desk=$HOME
export HOME=$work/laptop
mkdir "$HOME"
expect 0 restore --to "$HOME/back" "${code[@]}"
same_rows "$work/then.db" "$HOME/back/chat.db"
expect 0 verify --all "${code[@]}"
[ -z "$(find "$HOME" -name credential)" ] || fail 'a restore left a credential behind'

# A new passphrase by the code. One that is easy to guess is not taken.
printf 'password1\n' >"$work/weak"
expect 2 key passwd "${code[@]}" --new-passphrase-file "$work/weak"
says err 'too easy to guess'
expect 2 key passwd "${code[@]}"
says err '--new-passphrase-file'
expect 12 key passwd --recovery-code-file "$work/other.code" --new-passphrase-file "$work/new"
expect 0 verify --passphrase-file "$work/passphrase"
expect 0 key passwd "${code[@]}" --new-passphrase-file "$work/new" "${quick_key[@]}"
says out 'valise copy'
[ "$(find "$VALISE_VAULT/keys" -type f | wc -l)" = 1 ] || fail 'an old key file stays'
expect 12 verify --passphrase-file "$work/passphrase"
expect 0 verify --passphrase-file "$work/new"
expect 0 verify "${code[@]}"
VALISE_PASSPHRASE_FILE=$work/new expect 0 key passwd --new-passphrase-fd 7 "${quick_key[@]}" --json \
  7<"$work/passphrase"
all_json
[ "$(field summary key_file)" = keys/0003.key ] || fail 'the third key file has another number'
expect 0 key passwd --passphrase-file "$work/passphrase" --new-passphrase-command "cat '$work/new'" \
  "${quick_key[@]}"

# The nightly job at home never knew of any of it.
HOME=$desk
add_messages "$database" 5
expect 0 backup --json
[ "$(field summary kind)" = increment ] || fail 'the nightly chain broke'
expect 0 restore --to "$work/again" --passphrase-file "$work/new"
same_rows "$database" "$work/again/chat.db"
expect 0 scrub
expect 0 audit

# A vault that was made without a passphrase gets its first one.
export VALISE_VAULT=$work/other
expect 10 verify --passphrase-file "$work/new"
expect 0 key passwd --recovery-code-file "$work/other.code" --new-passphrase-file "$work/new" \
  "${quick_key[@]}"
says out 'has a passphrase now'
expect 0 key card --passphrase-file "$work/new"

# An agent's own key file.
expect 0 escrow keygen --name Mara --dir "$work/mara" --passphrase-file "$work/passphrase" \
  --recovery-code-to "$work/mara.code" "${quick_key[@]}"
expect 0 key recovery-check --agent-key "$work/mara/agent.key" --recovery-code-file "$work/mara.code"
says out Mara
expect 12 key recovery-check --agent-key "$work/mara/agent.key" "${code[@]}"
expect 12 key passwd --agent-key "$work/mara/agent.key" --passphrase-file "$work/new" \
  --new-passphrase-file "$work/new"
expect 0 key passwd --agent-key "$work/mara/agent.key" --passphrase-file "$work/passphrase" \
  --new-passphrase-file "$work/new" "${quick_key[@]}"
says out 'escrow keygen'
expect 12 key passwd --agent-key "$work/mara/agent.key" --passphrase-file "$work/passphrase" \
  --new-passphrase-file "$work/new"
expect 0 key passwd --agent-key "$work/mara/agent.key" --recovery-code-file "$work/mara.code" \
  --new-passphrase-file "$work/passphrase" "${quick_key[@]}"
expect 10 key recovery-check --agent-key "$work/nobody/agent.key" "${code[@]}"
echo 'a forgotten passphrase: restored with the code, a new one set, the nights go on'
