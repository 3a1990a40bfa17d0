#!/usr/bin/env bash
# A restore to a file system that takes names which differ in case alone for the same. None can be
# mounted without privileges: a library that is loaded into the program makes folders answer so.
source "$(dirname "$0")/common.bash"
folding=$(realpath "$2")
pass=(--passphrase-file "$work/passphrase")

live=$work/live
mkdir -p "$live/Attachments/Dir" "$live/Attachments/dir"
make_history "$live/chat.db"
for name in IMG.jpg img.jpg other.jpg Dir/x dir/x dir/y; do
  printf '%s\n' "$name" >"$live/Attachments/$name"
done
ln -s nowhere "$live/Attachments/IMG.JPG"
init_vault
expect 0 backup "$live/chat.db"

folded() { # folded CODE VERB...
  local wanted=$1 code=0
  shift
  # The sanitizers want to be first; they bear the library before them.
  ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0" LD_PRELOAD=$folding \
    "$valise" "$@" >"$work/out" 2>"$work/err" || code=$?
  [ "$code" = "$wanted" ] || fail "valise $* ended with $code and not with $wanted"
}

# As they are listed: what came first has kept its name, and its content.
check_result() {
  local at=$work/back/Attachments listed
  listed=$(cd "$work/back" && find Attachments ! -type d | LC_ALL=C sort | tr '\n' ' ')
  [ "$listed" = 'Attachments/Dir/x Attachments/Dir/y Attachments/IMG.jpg Attachments/other.jpg ' ] ||
    fail "the folder has: $listed"
  [ "$(cat "$at/Dir/x" "$at/Dir/y" "$at/IMG.jpg")" = "$(printf 'Dir/x\ndir/y\nIMG.jpg')" ] ||
    fail 'a file has the content of another'
  for pair in 'img.jpg IMG.jpg' 'IMG.JPG IMG.jpg' 'dir/x Dir/x'; do
    read -r lost kept <<<"$pair"
    says out "NOT RESTORED  Attachments/$lost: $at/$lost: this file system takes its name for that of $at/$kept, which stands there"
  done
  says out '3 files did not come back; the others did.'
}
folded 14 restore --to "$work/back" "${pass[@]}"
check_result
folded 2 restore --to "$work/back" "${pass[@]}"
says err '--overwrite'
folded 14 restore --to "$work/back" --overwrite "${pass[@]}"
check_result
folded 14 restore --to "$work/json" --json "${pass[@]}"
[ "$(field summary files)" = 4 ] || fail 'the files that came are not counted'
[ "$(field summary files_refused)" = 3 ] || fail 'those that did not are not counted'

# What was left out comes back alone.
folded 0 restore --to "$work/alone" --files Attachments/img.jpg --files Attachments/dir/x "${pass[@]}"
[ "$(cat "$work/alone/Attachments/img.jpg" "$work/alone/Attachments/dir/x")" = \
  "$(printf 'img.jpg\ndir/x')" ] || fail 'what was left out does not come back alone'

# The file system at hand keeps them apart, and all come back.
expect 0 restore --to "$work/apart" "${pass[@]}"
diff -r --no-dereference "$live/Attachments" "$work/apart/Attachments" || fail 'a file is another one'

echo 'names that differ in case alone: the first stands, the others are told'
