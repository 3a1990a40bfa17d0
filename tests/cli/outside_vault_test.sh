#!/usr/bin/env bash
# Nothing in clear and no secret is written into a vault, whose host could read it, by any option
# that names a place for something: each refuses before it asks or does anything.
source "$(dirname "$0")/common.bash"

database=$work/chat.db
make_history "$database"
key=(--passphrase-file "$work/passphrase")
init_vault
expect 0 escrow keygen --name Mara --dir "$work/mara" "${key[@]}" \
  --recovery-code-to "$work/mara-code" "${quick_key[@]}"
expect 0 policy set escrow --yes "$work/mara/agent.card" "${key[@]}"
expect 0 backup "$database"
expect 0 escrow request --to "$work/request" --name Ben "${key[@]}" "${quick_key[@]}"

find "$VALISE_VAULT" | sort >"$work/objects"
agent=(--dir "$work/mara" "${key[@]}")
refused() { # refused OPTION ARGUMENT...
  expect 2 "${@:2}"
  says err "$1: "
  says err 'is inside of the vault'
  [ ! -s "$work/out" ] || fail 'something was said before the refusal'
}
inside=$VALISE_VAULT/inside
refused --to restore --to "$VALISE_VAULT" "${key[@]}"
refused --to restore --to "$inside/deep" "${key[@]}"
refused --to escrow open --to "$VALISE_VAULT" "${agent[@]}"
refused --to escrow open --request "$work/request" --to "$inside" --yes "${agent[@]}"
refused --to escrow drill --to "$inside" "${agent[@]}"
refused --to escrow request --to "$inside" --name Ben "${key[@]}"
refused --key escrow request --to "$work/other" --key "$inside" --name Ben "${key[@]}"
refused --to escrow combine --request "$work/request" "$work/answer" --to "$VALISE_VAULT" "${key[@]}"
refused --dir escrow keygen --name Tom --dir "$inside" --recovery-code-to "$work/tom" "${key[@]}"
refused --recovery-code-to escrow keygen --name Tom --dir "$work/tom" --recovery-code-to "$inside" \
  "${key[@]}"
refused --recovery-code-to init --vault "$work/second" --recovery-code-to "$inside" "${key[@]}"
refused --recovery-code-to init --vault "$work/second" --recovery-code-to "$work/second/code" \
  "${key[@]}"
refused --html key sheet --html "$inside" --recovery-code-file "$work/code"
refused --to key card --to "$inside" "${key[@]}"
refused --html audit --html "$inside"
refused --sqlite audit --sqlite "$inside"
find "$VALISE_VAULT" | sort | cmp - "$work/objects" || fail 'the vault holds something new'
[ ! -e "$work/second" ] || fail 'a vault was made'
expect 2 audit --html -
says err 'nothing is written to standard output here'
