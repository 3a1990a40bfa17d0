#!/usr/bin/env bash
# A company: every employee's vault is under escrow of the recovery desk, one agent being enough. An
# employee leaves; the desk restores his history, then audits all vaults and proves which of them
# are escrowed.
source "$(dirname "$0")/common.bash"

at() { export HOME=$work/$1 && mkdir -p "$HOME"; }
of() { export VALISE_VAULT=$work/vaults/$1; }
pass=(--passphrase-file "$work/passphrase")
mkdir "$work/vaults"

at desk
printf 'plank ginger lunar socket dune\n' >"$work/desk.pass"
expect 0 escrow keygen --name 'recovery desk' --passphrase-file "$work/desk.pass" \
  --recovery-code-to "$work/desk.code" "${quick_key[@]}"
desk_card=$HOME/.config/valise/agent.card
expect 0 escrow card
desk_fingerprint=$(sed -nE '1s/.*fingerprint (.*)/\1/p' "$work/out")

# Three employees; the third one never set the policy.
for who in ann ben cem; do
  at "$who"
  of "$who"
  make_history "$HOME/chat.db"
  init_vault --device-name "$who-laptop"
  mv "$work/code" "$work/$who.code"
  if [ "$who" != cem ]; then
    expect 2 policy set escrow --k 1 "$desk_card" "${pass[@]}"
    says err "$desk_fingerprint"
    expect 0 policy set escrow --k 1 --yes "$desk_card" "${pass[@]}"
  fi
  expect 0 backup "$HOME/chat.db"
  add_messages "$HOME/chat.db" 20
  expect 0 backup
  expect 0 key card --to "$work/$who.card"
  sqlite3 "$HOME/chat.db" "VACUUM INTO '$work/$who.db'"
done

# Ben leaves, and takes passphrase and laptop along.
rm -rf "$work/ben" "$work/ben.code"
at desk
desk=(--passphrase-file "$work/desk.pass")
of ben
expect 0 escrow open --to "$work/out-of-ben" "${desk[@]}"
same_rows "$work/ben.db" "$work/out-of-ben/chat.db"
of cem
expect 12 escrow open --to "$work/out-of-cem" "${desk[@]}"
[ ! -e "$work/out-of-cem/chat.db" ] || fail 'the desk opened an end-to-end backup'

# The proof. Who signs a drill says that it opened its slot of this very backup.
for who in ann ben; do
  of "$who"
  expect 0 escrow drill --all "${desk[@]}"
done
of cem
expect 12 escrow drill "${desk[@]}"

levels() { # levels VAULT: mode and level of its backups
  json "SELECT DISTINCT json_extract(json, '\$.mode') || ' ' || json_extract(json, '\$.level')
        FROM line WHERE json_extract(json, '\$.type') = 'backup'
        AND json_extract(json, '\$.vault_path') = '$work/vaults/$1'"
}
for who in ann ben cem; do
  expect 0 audit --json --pin "$work/$who.card" "$work/vaults/$who"
  all_json
  case $who in
    cem) [ "$(levels cem)" = 'e2ee L1' ] || fail "cem: $(levels cem)" ;;
    *) [ "$(levels "$who")" = 'escrow L2' ] || fail "$who: $(levels "$who")" ;;
  esac
done
# All at once, each against its owner's card in one folder; and as deep as the desk can look: into
# its own slot, which says nothing of the others and leaves the level as it was.
mkdir "$work/cards"
cp "$work"/{ann,ben,cem}.card "$work/cards"
: >"$work/cards/README"
expect 0 audit --json --pin "$work/cards" "$work"/vaults/{ann,ben,cem}
for who in ann ben; do [ "$(levels "$who")" = 'escrow L2' ] || fail "$who among all: $(levels "$who")"; done
expect 0 audit --json "$work"/vaults/{ann,ben,cem}
[ "$(json "SELECT count(*) FROM line WHERE json_extract(json, '\$.type') = 'backup'
           AND json_extract(json, '\$.mode') = 'escrow'")" = 4 ] || fail 'not four escrowed backups'
expect 0 audit --deep --agent-key "$work/desk/.config/valise/agent.key" "${desk[@]}" --json \
  "$work/vaults/ben"
[ "$(levels ben)" = 'escrow L0' ] || fail "ben, deep and not pinned: $(levels ben)"
[ "$(json "SELECT sum(json_extract(json, '\$.own_slot_rebuilt')) FROM line
           WHERE json_extract(json, '\$.type') = 'backup'")" = 2 ] || fail 'the desk opened less'
expect 0 audit --deep --agent-key "$work/desk/.config/valise/agent.key" "${desk[@]}" \
  --pin "$work/ben.card" --json "$work/vaults/ben"
[ "$(levels ben)" = 'escrow L2' ] || fail "ben, deep and pinned: $(levels ben)"
expect 0 audit "$work/vaults/ann"
says out 'recovery desk'
says out "$desk_fingerprint"
says out 'drilled, last on'
echo 'company: the desk restored, and proved which vaults are escrowed'
