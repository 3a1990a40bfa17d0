#!/usr/bin/env bash
# The completion scripts load, and offer what the command line has.
source "$(dirname "$0")/common.bash"

for shell in bash zsh fish; do
  "$valise" completion "$shell" >"$work/$shell"
  [ -s "$work/$shell" ] || fail "no script for $shell"
done
expect 2 completion tcsh

bash -n "$work/bash"
# shellcheck source=/dev/null
source "$work/bash"
completes() { # completes EXPECTED WORD...
  local expected=$1
  shift
  COMP_WORDS=("$@")
  COMP_CWORD=$(($# - 1))
  _valise
  [ "${COMPREPLY[*]}" = "$expected" ] || fail "$* is completed with: ${COMPREPLY[*]}"
}
completes policy valise po
completes sources valise so
completes 'e2ee escrow' valise policy set ''
completes 'none quick full' valise restore --check ''
completes quick valise restore --check = q
completes restore valise --vault init rest
completes restore valise --vault = init rest
completes 'bash zsh fish' valise completion ''
completes --quarantine valise scrub --quar
touch "$work/one file.db"
completes "$work/one file.db" valise backup "$work/one"

if command -v zsh >/dev/null; then zsh -n "$work/zsh"; else echo 'zsh is absent: not tried'; fi
if command -v fish >/dev/null; then
  fish -n "$work/fish"
  offered=$(fish -c "source '$work/fish'; complete -C 'valise policy set '" | cut -f 1 | tr '\n' ' ')
  [ "$offered" = 'e2ee escrow ' ] || fail "fish offers: $offered"
else
  echo 'fish is absent: not tried'
fi
echo 'completion: scripts load and offer what there is'
