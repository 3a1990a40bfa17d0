#!/usr/bin/env bash
# Runs every verb and looks for every secret in all that came of it: arguments and environments of
# the program and its children, what it printed, every byte that it wrote anywhere (files that are
# gone again included), configuration, state and vault. And that core dumps are off meanwhile.
source "$(dirname "$0")/common.bash"
hunt=$(realpath "$2")
spy=$(realpath "$3")

# What stands on paper in life: passphrases and codes. The only place where they may be.
paper=$work/paper
mkdir "$paper" "$work/agent" "$work/live"
mv "$work/passphrase" "$paper/owner.pass"
printf 'plank ginger lunar socket dune\n' >"$paper/agent.pass"
printf 'garnet bishop tundra violin kelp\n' >"$paper/request.pass"
printf 'quartz meadow pistol ferry onion\n' >"$paper/new.pass"
log=$work/log
: >"$log"

# The look of a child at its parent and itself, while the parent waits with secrets at hand.
cat >"$work/look" <<'LOOK'
#!/bin/sh
# look SECRET_FILE REPORT: prints the secret, which the parent reads; that is no finding of the spy.
unset WRITE_SPY_TO LD_PRELOAD
for file in "/proc/$PPID/cmdline" "/proc/$PPID/environ" /proc/self/environ; do
  [ -r "$file" ] || continue
  for secret in "$PAPER"/*; do
    if tr '\0' '\n' <"$file" | grep -qF -f "$secret"; then echo "$file holds $secret" >>"$2"; fi
  done
done
grep -Eq '^Max core file size +0 +0 ' "/proc/$PPID/limits" || echo 'core dumps are on' >>"$2"
echo looked >>"$2"
cat "$1"
LOOK
chmod +x "$work/look"
export PAPER=$paper
pass_by() { printf '%s' "$work/look $paper/$1 $work/looked"; }

ran=()
run() { # run CODE VERB...: with the spy; all that is printed is kept
  local wanted=$1 code=0
  shift
  ran+=("$*")
  # The sanitizers want to be first; they bear the spy before them.
  ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0" LD_PRELOAD=$spy \
    WRITE_SPY_TO=$work/written WRITE_SPY_PAPER=$paper \
    "$valise" "$@" >"$work/out" 2>"$work/err" || code=$?
  cat "$work/out" "$work/err" >>"$log"
  [ "$code" = "$wanted" ] || fail "valise $* ended with $code and not with $wanted"
}
owner=(--passphrase-command "$(pass_by owner.pass)")
agent=(--dir "$work/agent" --passphrase-command "$(pass_by agent.pass)")

database=$work/live/chat.db
make_history "$database"
run 0 init "${owner[@]}" --recovery-code-to "$paper/owner.code" "${quick_key[@]}" --device-name desk
run 0 escrow keygen --name Mara "${agent[@]}" --recovery-code-to "$paper/agent.code" "${quick_key[@]}"
run 0 escrow card --dir "$work/agent"
run 0 sources
run 0 backup "$database"
run 0 policy set escrow --yes "$work/agent/agent.card" "${owner[@]}"
run 0 policy show
add_messages "$database" 30
run 0 backup
add_messages "$database" 30
run 0 backup --json
run 0 policy set e2ee --recovery-code-file "$paper/owner.code"
run 0 policy set escrow --yes Mara "${owner[@]}"
run 0 backup
run 0 list
run 0 list --unlock "${owner[@]}"
run 0 list --files latest "${owner[@]}"
run 0 diff latest latest "${owner[@]}"
run 0 verify --all "${owner[@]}"
run 0 restore --to "$work/restored" "${owner[@]}"
run 0 restore --to "$work/restored-by-code" --recovery-code-file "$paper/owner.code"
run 12 restore --to "$work/no" --passphrase-command "$(pass_by agent.pass)"
run 0 scrub
run 0 key card --to "$work/owner.card"
run 0 key devices
run 0 key recovery-check --recovery-code-file "$paper/owner.code"
run 12 key recovery-check --recovery-code-file "$paper/agent.code"
run 0 key sheet --html "$paper/sheet.html" "${owner[@]}"
run 0 key passwd "${owner[@]}" --new-passphrase-command "$(pass_by new.pass)" "${quick_key[@]}"
owner=(--passphrase-command "$(pass_by new.pass)")
run 0 key passwd --agent-key "$work/agent/agent.key" --recovery-code-file "$paper/agent.code" \
  --new-passphrase-command "$(pass_by agent.pass)" "${quick_key[@]}"
run 0 escrow pin "$work/owner.card" --as Ada --yes --dir "$work/agent"
run 0 escrow drill "${agent[@]}"
run 0 escrow drill --all --to "$work/mara.drill" --recovery-code-file "$paper/agent.code"
run 0 escrow drill --accept "$work/mara.drill"
run 0 escrow request --to "$work/help.request" --name Ben \
  --passphrase-command "$(pass_by request.pass)" "${quick_key[@]}"
run 0 escrow open --to "$work/opened" "${agent[@]}"
run 0 escrow open --request "$work/help.request" --to "$work/mara.answer" --yes "${agent[@]}"
run 0 escrow combine --request "$work/help.request" "$work/mara.answer" --to "$work/combined" \
  --passphrase-command "$(pass_by request.pass)"
run 0 copy --all --to "$VALISE_VAULT" "${owner[@]}"
# Two of three: what travels between them are true shares, and no key.
printf 'walrus fennel anchor pillow quiver\n' >"$paper/agent2.pass"
printf 'sonnet gravel ticket maple harbor\n' >"$paper/agent3.pass"
for i in 2 3; do
  run 0 escrow keygen --name "Agent $i" --dir "$work/agent$i" "${quick_key[@]}" \
    --passphrase-command "$(pass_by "agent$i.pass")" --recovery-code-to "$paper/agent$i.code"
done
run 0 policy set escrow --k 2 --yes Mara "$work/agent2/agent.card" "$work/agent3/agent.card" \
  "${owner[@]}"
add_messages "$database" 30
run 0 backup "$database"
run 0 escrow request --to "$work/two.request" --name Ben \
  --passphrase-command "$(pass_by request.pass)" "${quick_key[@]}"
run 0 escrow open --request "$work/two.request" --to "$work/mara2.answer" --yes "${agent[@]}"
run 0 escrow open --request "$work/two.request" --to "$work/agent3.answer" --yes \
  --dir "$work/agent3" --recovery-code-file "$paper/agent3.code"
run 0 escrow drill --dir "$work/agent2" --passphrase-command "$(pass_by agent2.pass)"
run 0 escrow combine --request "$work/two.request" "$work/mara2.answer" "$work/agent3.answer" \
  --to "$work/combined2" --passphrase-command "$(pass_by request.pass)"
run 0 audit
run 0 audit --deep --json "${owner[@]}"
run 0 audit --deep --agent-key "$work/agent/agent.key" --passphrase-command "$(pass_by agent.pass)"
run 0 prune --keep-last 2 --compact "${owner[@]}"
run 0 prune --keep-last 1
run 0 status
mkdir "$work/bin"
printf '#!/bin/sh\n[ "$1" = -l ] || cat >"%s"\n' "$work/home/crontab" >"$work/bin/crontab"
chmod +x "$work/bin/crontab"
PATH=$work/bin:$PATH
run 0 schedule install --with cron
run 10 schedule status --with cron
run 0 schedule remove --with cron
HOME=$work/second
mkdir "$HOME"
run 0 key add-device --name laptop "${owner[@]}"
run 0 key revoke-device desk --yes "${owner[@]}"
run 0 completion bash
run 0 version

# Nothing was forgotten: each verb of the help was run.
leaves() { # leaves VERB...: the verbs that have none below
  local below words
  words=$("$valise" "$@" --help | sed -n '/^Subcommands:/,/^$/s/^  \([a-z0-9-]*\) .*/\1/p')
  if [ -z "$words" ]; then
    echo "$*"
    return
  fi
  for below in $words; do leaves "$@" "$below"; done
}
while read -r verb; do
  # Read to its end: a grep -q that leaves early would make printf fail now and then.
  printf '%s\n' "${ran[@]}" | grep -E "^$verb( |\$)" >/dev/null || fail "the verb \"$verb\" was not run"
done < <(leaves)

# The children looked, found core dumps off and no secret.
grep -q looked "$work/looked" || fail 'no child looked'
if grep -v '^looked$' "$work/looked"; then fail 'a process shows a secret, or core dumps are on'; fi
[ -s "$work/written" ] || fail 'the spy saw nothing'

search=("$hunt" "$VALISE_VAULT" "$paper/owner.code" --agent "$paper/agent.code"
  --agent "$paper/agent2.code" --agent "$paper/agent3.code"
  --key "$work/two.request.key" "$paper/request.pass"
  --key "$work/help.request.key" "$paper/request.pass")
for file in "$paper"/*.pass; do search+=(--passphrase "$file"); done
searched=("$log" "$work/written" "$VALISE_VAULT" "$work/agent" "$work/home" "$work/second"
  "$work/help.request" "$work/help.request.key" "$work/mara.answer" "$work/mara.drill"
  "$work/two.request" "$work/two.request.key" "$work/mara2.answer" "$work/agent3.answer"
  "$work/agent2" "$work/agent3")
"${search[@]}" -- "${searched[@]}" || fail 'a secret stands where it must not'

# The hunt itself finds what is planted.
mkdir "$work/planted"
cat "$paper/owner.pass" >"$work/planted/passphrase"
"${search[@]}" -- "$work/planted" >"$work/out" && fail 'the hunt is blind for a passphrase'
tr -d '-' <"$paper/agent.code" >"$work/planted/passphrase"
"${search[@]}" -- "$work/planted" >"$work/out" && fail 'the hunt is blind for a code'
# And the spy sees what is written to a file that is gone again.
rm -f "$work/seen"
LD_PRELOAD=$spy WRITE_SPY_TO=$work/seen dd if="$paper/owner.code" of="$work/gone" status=none
rm "$work/gone"
grep -qF -f "$paper/owner.code" "$work/seen" || fail 'the spy is blind'
echo 'no secret anywhere: every verb was run, watched and searched'
