#!/usr/bin/env bash
# Secrets: never in an argument or the environment of a process, never asked of nobody, and never
# shown while they are typed.
source "$(dirname "$0")/common.bash"

make_history "$work/chat.db"
init_vault
expect 0 backup "$work/chat.db"

# With nobody to ask, every verb that needs a secret ends at once.
no_hang() {
  local code=0
  timeout 10 setsid "$valise" "$@" >"$work/out" 2>"$work/err" </dev/null || code=$?
  [ "$code" = 2 ] || fail "valise $* without a terminal ended with $code"
}
no_hang restore --to "$work/to"
no_hang verify
no_hang verify --recovery-code
no_hang audit --deep
no_hang list --unlock
no_hang copy --all --to "$VALISE_VAULT"
no_hang policy set e2ee
no_hang key add-device
no_hang key passwd
no_hang key passwd --passphrase-file "$work/passphrase"
no_hang key passwd --new-passphrase-file "$work/passphrase"
no_hang key recovery-check
no_hang key sheet --html "$work/sheet.html"
no_hang key revoke-device "$(uname -n)" --passphrase-file "$work/passphrase"
no_hang key revoke-device "$(uname -n)" --yes
no_hang init --vault "$work/other"
no_hang init --vault "$work/other" --no-passphrase
no_hang escrow keygen --name Mara --dir "$work/mara"
[ ! -e "$work/other" ] && [ ! -e "$work/mara" ] || fail 'something was made without a secret'

# A pipe from which nothing comes is no terminal either.
mkfifo "$work/silent"
exec 8<>"$work/silent"
code=0
timeout 10 setsid "$valise" verify <&8 >"$work/out" 2>"$work/err" || code=$?
[ "$code" = 2 ] || fail "a silent pipe gave $code"
exec 8>&-

# The sources, and that the first level given wins.
VALISE_PASSPHRASE=$passphrase expect 0 verify
VALISE_PASSPHRASE_FILE=$work/passphrase expect 0 verify
VALISE_PASSPHRASE_COMMAND="cat '$work/passphrase'" expect 0 verify
VALISE_PASSPHRASE=wrong expect 0 verify --passphrase-file "$work/passphrase"
VALISE_PASSPHRASE=$passphrase expect 12 verify --passphrase-command 'echo wrong one'
expect 0 verify --passphrase-fd 7 7<"$work/passphrase"
expect 0 verify --recovery-code-file "$work/code"
VALISE_PASSPHRASE=a VALISE_PASSPHRASE_FILE=b expect 2 verify
expect 2 verify --passphrase-file "$work/passphrase" --recovery-code-file "$work/code"
VALISE_PASSPHRASE='' expect 2 verify

# The passphrase stands in no argument and no environment of valise or its children. The command
# looks at all processes while valise waits for it.
cat >"$work/look" <<'LOOK'
parent=$PPID
for file in /proc/"$parent"/cmdline /proc/"$parent"/environ /proc/self/environ; do
  if tr '\0' '\n' <"$file" | grep -qF "$1"; then echo "$file" >>"$2"; fi
done
cat "$3"
LOOK
VALISE_PASSPHRASE=$passphrase "$valise" verify \
  --passphrase-command "bash '$work/look' 'velvet noon' '$work/seen' '$work/passphrase'" \
  >"$work/out" 2>"$work/err" && code=0 || code=$?
[ "$code" = 0 ] || fail "verify beside a set VALISE_PASSPHRASE ended with $code"
# The command's own text names the words it looks for: cmdline may hold those and nothing else.
if [ -e "$work/seen" ] && grep -v cmdline "$work/seen"; then fail 'the passphrase can be read'; fi

# A terminal: the question is asked there, the answer is not shown, the echo comes back.
exec 9>"$work/transcript"
answer() { # answer PROMPT TEXT
  local seen='' char
  while [[ $seen != *"$1"* ]]; do
    IFS= read -r -t 20 -n 1 -d '' char <&"${TERMINAL[0]}" || fail "was not asked: $1 (saw: $seen)"
    seen+=$char
    printf '%s' "$char" >&9
  done
  printf '%s\n' "$2" >&"${TERMINAL[1]}"
}
on_terminal() { # on_terminal COMMAND
  coproc TERMINAL { exec script -qefc "$1" /dev/null; }
  terminal_pid=$!
}
finish() { # finish CODE
  local code=0 rest
  rest=$(timeout 30 cat <&"${TERMINAL[0]}" || true)
  printf '%s' "$rest" >&9
  wait "$terminal_pid" || code=$?
  [ "$code" = "$1" ] || fail "at the terminal: ended with $code and not with $1: $rest"
}
on_terminal "'$valise' verify && stty -a"
answer 'Passphrase of the vault' "$passphrase"
finish 0
grep -q 'velvet' "$work/transcript" && fail 'the passphrase was shown'
grep -q ' echo ' "$work/transcript" || fail 'the echo did not come back'

on_terminal "'$valise' init --vault '$work/third' --passphrase-memory 64"
answer 'New passphrase of the vault' 'password1'
answer 'New passphrase of the vault' "$passphrase"
answer 'The same once more' "$passphrase"
answer 'Press Enter' ''
finish 0
grep -q 'too easy to guess' "$work/transcript" || fail 'a weak passphrase was taken'

printf 'walnut copper thistle ember gravel' >"$work/second"
on_terminal "'$valise' key passwd --vault '$work/third' --passphrase-memory 64"
answer 'Passphrase of the vault' "$passphrase"
answer 'New passphrase of the vault' 'password2'
answer 'New passphrase of the vault' "$(cat "$work/second")"
answer 'The same once more' "$passphrase"
answer 'New passphrase of the vault' "$(cat "$work/second")"
answer 'The same once more' "$(cat "$work/second")"
finish 0
HOME=$work expect 12 key card --vault "$work/third" --passphrase-file "$work/passphrase"
HOME=$work expect 0 key card --vault "$work/third" --passphrase-file "$work/second"

shown=$(grep -aoE '([0-9A-Z]{4}-){8}[0-9A-Z]{4}' "$work/transcript" | tail -n 1)
printf '%s\n' "$shown" >"$work/shown"
# The code that was shown is the vault's.
mkdir "$work/elsewhere"
HOME=$work/elsewhere expect 0 key add-device --vault "$work/third" \
  --recovery-code-file "$work/shown"

on_terminal "'$valise' key recovery-check --vault '$work/third'"
answer 'Recovery code of the vault' "$shown"
finish 0
grep -aq 'The code is right' "$work/transcript" || fail 'the right code was not told'
[ "$(grep -aoF "$shown" "$work/transcript" | wc -l)" = 1 ] || fail 'the code was shown as it was typed'

# A revocation is asked about before the passphrase is.
expect 0 key devices --json --vault "$work/third"
id=$(field device device_id)
on_terminal "'$valise' key revoke-device $id --vault '$work/third'"
answer 'Revoke the device?' 'n'
finish 2
on_terminal "'$valise' key revoke-device $id --vault '$work/third'"
answer 'This cannot be taken back. Revoke the device?' 'y'
answer 'Passphrase of the vault' "$(cat "$work/second")"
finish 0
HOME=$work/elsewhere expect 10 backup --vault "$work/third" "$work/chat.db"
says err 'revoked by the owner'
grep -aq 'copper' "$work/transcript" && fail 'a new passphrase was shown'
echo 'secrets: asked for, hidden, and nowhere to be read'
