#!/usr/bin/env bash
# SIGINT, SIGTERM and SIGKILL at random moments of a backup and of a restore: the exit code, what is
# left behind, and that the next run succeeds.
source "$(dirname "$0")/common.bash"

database=$work/chat.db
make_history "$database"
add_messages "$database" 60000
init_vault
expect 0 backup "$database"
sqlite3 "$database" 'VACUUM INTO "'"$work/wanted.db"'"'
RANDOM=19
# With job control a command in the background does not ignore SIGINT.
set -m

# after SECONDS SIGNAL ARGUMENT...: runs valise and sends it the signal. Prints its exit code.
after() {
  local seconds=$1 signal=$2 code=0
  shift 2
  # Not in the background, where a shell lets its commands ignore SIGINT.
  timeout --foreground --preserve-status --signal="$signal" "$seconds" "$valise" "$@" \
    >"$work/out" 2>"$work/err" || code=$?
  echo "$code"
}
milliseconds() { date +%s%3N; }
# How long a verb takes when nobody disturbs it.
takes() {
  local start
  start=$(milliseconds)
  expect 0 "$@"
  echo $(($(milliseconds) - start))
}
# pick_moment MILLISECONDS: puts a moment within so long into $moment, in seconds. Not by printing
# it: in a subshell RANDOM would give the same number again and again.
pick_moment() {
  local at=$((5 + RANDOM % $1))
  printf -v moment '%d.%03d' $((at / 1000)) $((at % 1000))
}

# Every object of the vault is one that the log names, and nothing is half-written.
sound() {
  expect 0 scrub --json
  local odd
  odd=$(json "SELECT count(*) FROM line WHERE json_extract(json, '\$.type') = 'finding'
              AND json_extract(json, '\$.kind') NOT IN ('leftover', 'orphan')")
  [ "$odd" = 0 ] || fail "scrub found $odd faults after $1"
}

backup_takes=$(takes backup --full "$database")
# Until enough of them met the program at work: how long it takes depends on what else runs.
interrupted=0
for round in $(seq 60); do
  [ "$round" -gt 12 ] && [ "$interrupted" -gt 2 ] && break
  signal=INT
  [ $((round % 2)) = 0 ] && signal=TERM
  pick_moment "$backup_takes"
  code=$(after "$moment" "$signal" backup --full "$database")
  case $code in
    # 143: the signal came before the program had begun.
    0 | 143) ;;
    130)
      interrupted=$((interrupted + 1))
      # What ends by itself cleans up after itself.
      leftovers=$(find "$VALISE_VAULT/tmp" -type f | wc -l)
      [ "$leftovers" = 0 ] || fail "$leftovers leftovers in tmp/ after SIG$signal"
      ;;
    *) fail "SIG$signal in a backup gave $code" ;;
  esac
  sound "SIG$signal in a backup"
done
[ "$interrupted" -gt 2 ] || fail "only $interrupted backups were interrupted"

for round in $(seq 10); do
  pick_moment "$backup_takes"
  code=$(after "$moment" KILL backup --full "$database")
  case $code in
    0 | 137) ;;
    *) fail "SIGKILL in a backup gave $code" ;;
  esac
  sound 'SIGKILL in a backup'
done
expect 0 backup "$database"

restore_takes=$(takes restore --to "$work/first" --recovery-code-file "$work/code")
for round in $(seq 12); do
  signal=INT
  [ $((round % 3)) = 0 ] && signal=KILL
  [ $((round % 3)) = 1 ] && signal=TERM
  rm -rf "$work/to"
  pick_moment "$restore_takes"
  code=$(after "$moment" "$signal" restore --to "$work/to" --recovery-code-file "$work/code")
  case $code in
    # 143: the signal came before the program had begun.
    0 | 143) ;;
    130) [ -z "$(ls -A "$work/to" 2>/dev/null)" ] || fail 'an interrupted restore left something' ;;
    137)
      if [ -e "$work/to/chat.db" ]; then same_rows "$work/to/chat.db" "$work/wanted.db"; fi
      ;;
    *) fail "SIG$signal in a restore gave $code" ;;
  esac
  # With what was left standing there.
  expect 0 restore --overwrite --to "$work/to" --recovery-code-file "$work/code"
  [ -z "$(find "$work/to" -name '*.partial')" ] || fail 'a restore left its .partial'
done
same_rows "$work/to/chat.db" "$work/wanted.db"

# Verbs that only read have nothing to leave behind.
verify_takes=$(takes verify --recovery-code-file "$work/code")
for signal in INT TERM KILL INT; do
  pick_moment "$verify_takes"
  code=$(after "$moment" "$signal" verify --recovery-code-file "$work/code")
  case $code in
    0 | 130 | 137 | 143) ;;
    *) fail "SIG$signal in a verify gave $code" ;;
  esac
done
expect 0 verify --all --recovery-code-file "$work/code"
expect 0 audit
echo "interrupts: nothing half-written"
