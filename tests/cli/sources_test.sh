#!/usr/bin/env bash
# What is installed is found, listed, and chosen from at a terminal; a script is never asked.
source "$(dirname "$0")/common.bash"
make_app_folder=$(realpath "$2")

expect 0 sources
says out "No app's database stands at its usual place"
says out 'What is backed up is not known: '

chat=$("$make_app_folder" imessage "$HOME/Library/Messages" 20)
expect 0 sources --json
all_json
[ "$(field source path)" = "$chat" ] || fail 'the database of iMessage is not found'
[ "$(field source messages)" = 200 ] || fail 'its messages are not counted'
[ "$(field source attachments)" = 22 ] || fail 'its attachments are not counted'
[ "$(field source first_message)" = 2024-01-01T01:00:00Z ] || fail 'its first day is wrong'
[ "$(field summary sources)" = 1 ] || fail 'there is no summary'

# One that is found is taken, and named.
init_vault
expect 0 backup --dry-run
says out "taking the one database that was found"
says out "$chat"
expect 0 backup --dry-run --json
all_json

# Of several, a script is told what there is.
signal=$("$make_app_folder" signal-desktop "$HOME/.config/Signal" 10)
whatsapp="$HOME/Library/Group Containers/group.net.whatsapp.WhatsApp.shared"
mkdir -p "${whatsapp%/*}"
"$make_app_folder" whatsapp-ios "$whatsapp" 10 >/dev/null
mkdir -p "$HOME/snap/signal-desktop/current/.config/Signal/sql"
head -c 8192 /dev/urandom >"$HOME/snap/signal-desktop/current/.config/Signal/sql/db.sqlite"
expect 2 backup
says err "'$chat' (imessage)"
says err "'$signal' (signal-desktop)"
[ ! -d "$VALISE_VAULT/backups" ] || [ -z "$(ls "$VALISE_VAULT/backups")" ] || fail 'it was guessed'

if [ "$(uname)" = Linux ] && command -v script >/dev/null; then
  exec 9>"$work/transcript"
  answer() { # answer QUESTION TEXT: waits for the question, then types.
    local seen='' char
    while [[ $seen != *"$1"* ]]; do
      IFS= read -r -t 20 -n 1 -d '' char <&"${TERMINAL[0]}" || fail "was not asked: $1 (saw: $seen)"
      seen+=$char
      printf '%s' "$char" >&9
    done
    printf '%s\n' "$2" >&"${TERMINAL[1]}"
  }
  coproc TERMINAL { exec script -qefc "'$valise' backup" /dev/null; }
  terminal_pid=$!
  answer 'Which of them?' '7'
  answer 'Which of them?' '3 1'
  timeout 30 cat <&"${TERMINAL[0]}" >&9 || true
  wait "$terminal_pid" || fail "a choice was refused: $(cat "$work/transcript")"
  grep -q 'Numbers from 1 to 3' "$work/transcript" || fail 'a wrong number was taken'
  grep -q 'cannot be read' "$work/transcript" || fail 'the encrypted database is not shown'
  expect 0 sources --json
  [ "$(json "SELECT count(*) FROM line WHERE json_extract(json, '\$.backed_up') = 1
             AND json_extract(json, '\$.last_backup') IS NOT NULL")" = 2 ] ||
    fail 'what was chosen is not backed up'
  [ "$(json "SELECT json_extract(json, '\$.backed_up') FROM line
             WHERE json_extract(json, '\$.path') = '$chat'")" = 1 ] || fail 'it is another one'
  expect 0 sources
  says out 'Backed up, last on '
  says out 'Not backed up: valise backup '
else
  echo 'script is absent: no terminal was tried'
  expect 0 backup "$chat" "$signal"
fi

# An app's folder stands for its database, wherever in it that is.
for app in whatsapp-android signal-android; do
  "$make_app_folder" "$app" "$work/$app" 10 >"$work/made"
  expect 0 backup --json "$work/$app"
  [ "$(field summary profile)" = "$app" ] || fail "$app is not recognised"
  [ "$(field summary source)" = "$(cat "$work/made")" ] || fail "$app: another file was taken"
done
expect 0 backup
says out 'App: signal-android, schema version 270.'
echo 'sources: found, listed, chosen'
