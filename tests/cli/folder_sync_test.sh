#!/usr/bin/env bash
# Where a folder cannot be synced: a network mount refuses it as of no use, and that is no failure;
# any other refusal is one, and the file of a secret goes again.
source "$(dirname "$0")/common.bash"
refuser=$(realpath "$2")
readonly EIO=5 EINVAL=22 ENOTSUP=95

init_vault
refused() { # refused NUMBER CODE VERB...
  local number=$1 wanted=$2 code=0
  shift 2
  # The sanitizers want to be first; they bear the library before them.
  ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0" LD_PRELOAD=$refuser \
    FOLDER_REFUSAL=$number "$valise" "$@" >"$work/out" 2>"$work/err" || code=$?
  [ "$code" = "$wanted" ] || fail "valise $* ended with $code and not with $wanted"
}

for number in $EINVAL $ENOTSUP; do
  refused "$number" 0 key sheet --html "$work/sheet$number" --recovery-code-file "$work/code"
  grep -qF "<span>$(head -c 4 "$work/code")</span>" "$work/sheet$number" ||
    fail 'the sheet is not there'
  VALISE_VAULT=$work/vault$number refused "$number" 0 init --passphrase-file "$work/passphrase" \
    --recovery-code-to "$work/code$number" "${quick_key[@]}"
  [ -s "$work/code$number" ] || fail 'the code is not there'
done
refused "$EIO" 14 key sheet --html "$work/sheet" --recovery-code-file "$work/code"
says err 'cannot be synced'
[ ! -e "$work/sheet" ] || fail 'a sheet stayed that may not be on the disk'

# A disk that is full in the middle of the sheet.
code=0
(ulimit -f 1 && exec "$valise" key sheet --html "$work/sheet" --recovery-code-file "$work/code") \
  >"$work/out" 2>"$work/err" || code=$?
[ "$code" = 14 ] || fail "a sheet that could not be written ended with $code"
[ ! -e "$work/sheet" ] || fail 'half a sheet stayed'
echo 'folders that refuse to be synced: the files of secrets are written'
