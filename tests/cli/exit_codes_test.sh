#!/usr/bin/env bash
# Every exit code that the command line promises, as far as it can be had from outside.
source "$(dirname "$0")/common.bash"

database=$work/chat.db
make_history "$database"

expect 0 version
says out 'valise '
expect 0 --version
expect 0 --help
expect 2
expect 2 bakcup
says err 'there is no "valise bakcup"; see valise --help'
expect 2 key passwort
says err 'there is no "valise key passwort"; see valise key --help'
expect 2 restore
says err '--to is required'
expect 2 list --vault ''
expect 2 list --vault sftp://host/vault
VALISE_PROGRESS_FPS=often expect 2 list
VALISE_CONFIG_DIR='' expect 2 list

expect 10 list
expect 10 scrub
expect 10 audit
expect 10 backup "$database"
expect 10 restore --to "$work/to" --passphrase-file "$work/passphrase"

init_vault
expect 2 init --passphrase-file "$work/passphrase" --recovery-code-to "$work/code2"
says err 'is a vault already'
[ ! -e "$work/code2" ] || fail 'a code was kept for a vault that was not made'
expect 14 key card --to "$work/absent/card"
says err "cannot make a file in $work/absent"
expect 14 escrow card --dir "$work/$(printf 'x%.0s' {1..300})"
expect 2 backup
expect 0 backup "$database"
# Another run that holds the lock.
exec 9<"$(find "$HOME/.local/state" -name lock)"
flock 9
expect 11 backup
expect 11 backup --dry-run
(sleep 1 && flock -u 9) &
expect 0 backup --lock-wait 30
wait
exec 9<&-
expect 12 verify --passphrase-command 'echo another wrong passphrase'
expect 10 restore 2001-01-01 --to "$work/to" --passphrase-file "$work/passphrase"
expect 10 restore ffffffff --to "$work/to" --passphrase-file "$work/passphrase"
head -c 5000 /dev/urandom >"$work/noise"
expect 15 backup "$work/noise"
expect 15 backup "$work/absent.db"
# A source that is gone fails every night until it is forgotten.
sqlite3 "$work/gone.db" 'CREATE TABLE note(body)'
expect 0 backup "$work/gone.db"
rm "$work/gone.db"
expect 15 backup
says err "valise backup --forget '$work/gone.db'"
[ "$(wc -l <"$work/err")" = 1 ] || fail 'one failure is told more than once'
expect 2 backup --forget
expect 0 backup --forget "$work/gone.db"
expect 2 backup --forget "$work/gone.db"
says err "$database"
expect 0 backup
head -c 5000 /dev/zero >"$work/large"
expect 16 verify --passphrase-file "$work/large"
expect 10 restore --source other.db --to "$work/to" --passphrase-file "$work/passphrase"
says err 'no snapshot of a source "other.db"'
expect 0 restore --to "$work/to" --passphrase-file "$work/passphrase"
expect 2 restore --to "$work/to" --passphrase-file "$work/passphrase"
says err '--overwrite'
expect 0 restore --to "$work/to" --overwrite --recovery-code-file "$work/code"

# A pipe or a device in the place of a file is refused at once; a secret may come through a pipe.
mkfifo "$work/pipe"
valise_itself=$valise
valise=quickly
quickly() { timeout 20 "$valise_itself" "$@"; }
for odd in "$work/pipe" /dev/zero "$work"; do
  [ "$odd" = "$work" ] || expect 2 audit --pin "$odd"
  expect 2 audit --checkpoint "$odd"
  says err 'is not a regular file'
  expect 2 audit --vaults-from "$odd"
  says err 'is not a regular file'
  expect 2 escrow open --request "$odd" --to "$work/answer" --dir "$work" --yes \
    --passphrase-file "$work/passphrase"
  says err 'is not a regular file'
  expect 2 escrow combine --request "$odd" --key "$work/key" --to "$work/to3" "$odd" \
    --passphrase-file "$work/passphrase"
  says err 'is not a regular file'
  expect 2 escrow drill --request "$odd" --to "$work/drills" --dir "$work" \
    --passphrase-file "$work/passphrase"
  says err 'is not a regular file'
  expect 2 escrow drill --accept "$odd"
  says err 'is not a regular file'
  expect 2 escrow pin "$odd"
  expect 2 policy set escrow --k 1 "$odd" --passphrase-file "$work/passphrase"
  expect 2 key passwd --agent-key "$odd"
  expect 2 verify --agent-key "$odd" --passphrase-file "$work/passphrase"
done
for odd in /dev/zero "$work"; do
  expect 2 verify --passphrase-file "$odd"
  says err 'is neither a file nor a pipe'
done
expect 0 verify --passphrase-file <(cat "$work/passphrase")
cat "$work/passphrase" >"$work/pipe" &
expect 0 verify --passphrase-file "$work/pipe"
wait
valise=$valise_itself

# The command that is shown can be typed, whatever the name.
odd="$work/it's \$odd.db"
sqlite3 "$odd" 'CREATE TABLE note(body)'
expect 0 backup "$odd"
rm "$odd"
expect 15 backup
shown=$(sed -n 's/.*: valise backup --forget/backup --forget/p' "$work/err")
eval "expect 0 $shown"
expect 0 backup

# From cron: nearly no environment, and a folder of its own.
code=0
(cd / && env -i HOME="$HOME" PATH=/usr/bin:/bin VALISE_VAULT="$VALISE_VAULT" \
  "$valise" backup --quiet) >"$work/out" 2>"$work/err" || code=$?
[ "$code" = 0 ] && [ ! -s "$work/out" ] && [ ! -s "$work/err" ] || fail "a run as from cron: $code"

# A full disk under the report.
code=0
"$valise" list >/dev/full 2>"$work/err" || code=$?
[ "$code" = 14 ] || fail "a report that could not be written gave $code"

# A limit on the size of files, as a stand-in for a disk that is full in the middle.
code=0
(ulimit -f 64 && exec "$valise" backup --full "$database") 2>"$work/err" || code=$?
[ "$code" = 14 ] || fail "a container beyond the limit on file sizes gave $code"
says err 'cannot write'
[ -z "$(find "$VALISE_VAULT/tmp" -type f)" ] || fail 'an unfinished container was left'
expect 0 verify --recovery-code-file "$work/code"
expect 0 backup "$database"

# SIGTERM, while a command is asked for the passphrase.
"$valise" verify --passphrase-command "touch '$work/asked'; exec sleep 60" 2>"$work/err" &
pid=$!
for _ in $(seq 100); do
  if [ -e "$work/asked" ]; then break; fi
  sleep 0.05
done
kill -TERM "$pid"
code=0
wait "$pid" || code=$?
[ "$code" = 130 ] || fail "SIGTERM gave $code"

# The full backup, on which the increment stands.
container=$(find "$VALISE_VAULT/backups" -name '*.valise' -printf '%s %p\n' | sort -n |
  tail -n 1 | cut -d ' ' -f 2)
cp "$container" "$work/sound"
chmod u+w "$container"
printf 'x' | dd of="$container" bs=1 seek=4000 conv=notrunc status=none
expect 13 scrub
says out "$(basename "$container")"
expect 13 verify --source chat.db --passphrase-file "$work/passphrase"
expect 13 restore --source chat.db --to "$work/to2" --passphrase-file "$work/passphrase"
[ ! -e "$work/to2/chat.db" ] || fail 'a damaged backup left a database behind'
cp "$work/sound" "$container"
expect 0 scrub

expect 0 audit
expect 0 audit --json
signer=$(field backup signer)
rm "$VALISE_VAULT/log/$signer/0000000001.entry"
expect 17 audit
says out ERROR
echo 'exit codes: as promised'
