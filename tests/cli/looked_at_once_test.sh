#!/usr/bin/env bash
# A night without a change looks at each attachment once and opens none: a library that is loaded
# into the program writes each of them down. A night after a change opens what changed.
source "$(dirname "$0")/common.bash"
counter=$(realpath "$2")
export LOOK_LOG=$work/looks

live=$work/live
make_folder() {
  local i
  mkdir -p "$live/Attachments/a" "$live/Attachments/b/c"
  for ((i = 0; i < 150; ++i)); do
    printf 'content %d\n' "$i" >"$live/Attachments/a/counted-$i"
    printf 'content %d\n' "$i" >"$live/Attachments/b/c/counted-$((i + 150))"
  done
  # Old enough that a change of one cannot hide.
  find "$live" -type f -exec touch -d '2 days ago' {} +
}
make_folder
make_history "$live/chat.db"
init_vault

night() { # night: backs up, and leaves "COUNT CALL NAME" of each in $work/counts
  rm -f "$LOOK_LOG"
  : >"$LOOK_LOG"
  local code=0
  ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0" LD_PRELOAD=$counter \
    "$valise" backup "$live/chat.db" >"$work/out" 2>"$work/err" || code=$?
  [ "$code" = 0 ] || fail "valise backup ended with $code"
  sort "$LOOK_LOG" | uniq -c | awk '{ print $1, $2, $3 }' >"$work/counts"
}

# The first night sees that the library counts at all.
night
[ "$(awk '$2 == "look"' "$work/counts" | wc -l)" = 300 ] || fail 'not each file was looked at'

# Files just made may still change unseen: the second night may read them again.
sleep 2.2
night
night
[ "$(awk '$2 == "look"' "$work/counts" | wc -l)" = 300 ] || fail 'not each file was looked at'
awk '$1 != 1 || $2 != "look"' "$work/counts" >"$work/more"
[ ! -s "$work/more" ] || fail "more than one look: $(head -3 "$work/more")"
