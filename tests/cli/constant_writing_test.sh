#!/usr/bin/env bash
# A history that another program keeps writing to, three nights under each policy, and back on
# another machine with nothing but the vault's folder and one key.
source "$(dirname "$0")/common.bash"

history=$(realpath "$2")
database=$work/live/chat.db
mkdir "$work/live"
"$history" create "$database" --messages 8000
init_vault --device-name desk

writer=
trap '[ -z "$writer" ] || kill "$writer" 2>/dev/null || true; rm -rf "$work"' EXIT
three_nights() {
  local night
  for night in 1 2; do
    "$history" write "$database" --seconds 600 --per-second 300 --seed "$RANDOM" &
    writer=$!
    sleep 0.2
    expect 0 backup "$@" --json "$database"
    shift $#
    kill -0 "$writer" || fail 'nobody was writing'
    kill "$writer"
    wait "$writer" || true
    writer=
    "$history" night "$database" --seed "$night"
  done
  sqlite3 "$database" "VACUUM INTO '$work/now.db'"
  expect 0 backup --json "$database"
  [ "$(field summary kind)" = increment ] || fail 'the third night is no increment'
}

# sound_elsewhere KEY...: on a machine that knows nothing.
sound_elsewhere() {
  local home=$HOME
  HOME=$work/elsewhere
  mkdir "$HOME"
  expect 0 verify "$@"
  expect 0 restore --check full --to "$HOME/restored" "$@"
  same_rows "$work/now.db" "$HOME/restored/chat.db"
  [ -z "$(find "$HOME" -name credential)" ] || fail 'a restore left a credential'
  rm -rf "$HOME" "$work/now.db"
  HOME=$home
  expect 0 scrub
  expect 0 audit
}

three_nights
sound_elsewhere --passphrase-file "$work/passphrase"

printf 'plank ginger lunar socket dune\n' >"$work/agent.pass"
expect 0 escrow keygen --name Mara --dir "$work/agent" --passphrase-file "$work/agent.pass" \
  --recovery-code-to "$work/agent.code" "${quick_key[@]}"
expect 0 policy set escrow --k 1 --yes "$work/agent/agent.card" \
  --passphrase-file "$work/passphrase"
three_nights
[ "$(field summary policy)" = escrow ] || fail 'the backup is not under escrow'
sound_elsewhere --agent-key "$work/agent/agent.key" --passphrase-file "$work/agent.pass"
expect 0 verify --all --recovery-code-file "$work/code"

# Two runs at once. The first is held still as soon as it may have begun.
refused=0
for delay in 0.01 0.02 0.03 0.04 0.05 0.06 0.08 0.1 0.15 0.2; do
  "$valise" backup --full --quiet "$database" 2>"$work/first.err" &
  first=$!
  sleep "$delay"
  kill -STOP "$first" 2>/dev/null || true
  code=0
  "$valise" backup --quiet "$database" >"$work/out" 2>"$work/err" || code=$?
  kill -CONT "$first" 2>/dev/null || true
  wait "$first" || fail "the first of two runs failed: $(cat "$work/first.err")"
  case $code in
    0) ;;
    11) refused=$((refused + 1)) ;;
    *) fail "the second of two runs gave $code" ;;
  esac
done
[ "$refused" -gt 0 ] || fail 'the second of two runs was never refused'
expect 0 verify --all --recovery-code-file "$work/code"

# What root's backup makes beside another user's database is that user's: else the app could not
# open its own history any more.
if [ "$(id -u)" = 0 ]; then
  chown nobody "$work/live" "$database"
  rm -f "$database-wal" "$database-shm"
  expect 0 backup "$database"
  for file in "$database-wal" "$database-shm"; do
    [ "$(stat -c %U "$file")" = nobody ] || fail "$file is not its user's"
  done
else
  echo 'not tried: a backup by root of another user'"'"'s database (this is not root)'
fi
echo 'constant writing: three nights under each policy, and back'
