#!/usr/bin/env bash
# A vault without a passphrase: nobody is asked for one.
source "$(dirname "$0")/common.bash"

database=$work/chat.db
make_history "$database"
expect 0 init --no-passphrase --recovery-code-to "$work/code"
expect 0 backup "$database"

expect 2 verify
says err '--recovery-code-file'
expect 0 verify --recovery-code-file "$work/code"
expect 10 verify --passphrase-file "$work/passphrase"
says err 'this vault has no passphrase'

coproc TERMINAL { exec script -qefc "'$valise' verify" /dev/null; }
terminal_pid=$!
asked=
while IFS= read -r -n 1 -t 30 -u "${TERMINAL[0]}" character; do
  asked+=$character
  case $asked in *': ') break ;; esac
done
case $asked in *'Recovery code of the vault'*) ;; *) fail "the question was: $asked" ;; esac
cat "$work/code" >&"${TERMINAL[1]}"
timeout 30 cat <&"${TERMINAL[0]}" >"$work/rest" || true
code=0
wait "$terminal_pid" || code=$?
[ "$code" = 0 ] || fail "at the terminal: $code, $(cat "$work/rest")"
