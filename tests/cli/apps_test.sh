#!/usr/bin/env bash
# Every app's folder, with its attachments, through two nights, a prune and a restore, end-to-end and
# under escrow: what comes back is what was there, and the app's own question has the same answer.
make_app_folder=$2
source "$(dirname "$0")/common.bash"
pass=(--passphrase-file "$work/passphrase")

# The app's own query: messages, their dates, and which attachments the rows name.
query() {
  case $1 in
    imessage*) sqlite3 "$2" "SELECT count(*), min(date), max(date) FROM message WHERE date > 0;
                             SELECT filename, total_bytes FROM attachment ORDER BY ROWID" ;;
    whatsapp-android) sqlite3 "$2" "SELECT count(*), min(timestamp), max(timestamp) FROM message
                                    WHERE chat_row_id > 0;
                                    SELECT file_path, file_size FROM message_media ORDER BY 1, 2" ;;
    whatsapp-ios) sqlite3 "$2" "SELECT count(*), min(ZMESSAGEDATE), max(ZMESSAGEDATE) FROM ZWAMESSAGE;
                                SELECT ZMEDIALOCALPATH FROM ZWAMEDIAITEM ORDER BY 1" ;;
    signal-desktop) sqlite3 "$2" "SELECT count(*), min(sent_at), max(sent_at) FROM messages
                                  WHERE type IN ('incoming', 'outgoing');
                                  SELECT path, size FROM message_attachments ORDER BY 1, 2" ;;
    signal-android) sqlite3 "$2" "SELECT count(*), min(date_sent), max(date_sent) FROM message;
                                  SELECT data_file FROM attachment ORDER BY 1" ;;
    *) sqlite3 "$2" "SELECT count(*) FROM sqlite_master" ;;
  esac
}

# The attachment files below a folder, as paths and contents: all but databases.
files_below() {
  (cd "$1" && find . \( -type f -o -type l \) ! -name '*.db*' ! -name '*.sqlite*' ! -name '*.partial' \
    -print0 | sort -z | xargs -0r sha256sum)
}

# same_app APP LIVE_DATABASE LIVE_BASE RESTORED
same_app() {
  local app=$1 database=$2 base=$3 to=$4
  query "$app" "$database" >"$work/asked.live"
  query "$app" "$to/$(basename "$database")" >"$work/asked.restored"
  cmp -s "$work/asked.live" "$work/asked.restored" || fail "$app: the query's answers differ"
  [ -s "$work/asked.live" ] || fail "$app: the query has no answer"
  files_below "$base" >"$work/files.live"
  files_below "$to" >"$work/files.restored"
  cmp "$work/files.live" "$work/files.restored" || fail "$app: the files differ"
}

mkdir "$work/agent"
printf 'plank ginger lunar socket dune\n' >"$work/agent.pass"
HOME=$work/agent expect 0 escrow keygen --name Mara --passphrase-file "$work/agent.pass" \
  --recovery-code-to "$work/agent.code" "${quick_key[@]}"
card=$work/agent/.config/valise/agent.card

for app in imessage imessage-ios whatsapp-android whatsapp-ios signal-desktop signal-android sqlite; do
  export VALISE_VAULT=$work/vault-$app HOME=$work/home-$app
  mkdir "$HOME"
  base=$work/live-$app
  database=$("$make_app_folder" "$app" "$base" 300 1)
  expect 0 init --recovery-code-to "$work/code-$app" "${pass[@]}" "${quick_key[@]}"

  expect 0 backup "$database" --json
  all_json
  profile=${app%-ios}
  case $app in imessage-ios) profile=imessage ;; *) profile=$app ;; esac
  [ "$(field summary profile)" = "$profile" ] || fail "$app: taken for $(field summary profile)"
  first=$(field summary files)
  if [ "$app" != sqlite ]; then
    [ "$first" -gt 0 ] || fail "$app: no attachment was found"
    [ "$(field summary files_missing)" -gt 0 ] || fail "$app: no missing attachment was told"
  fi
  # A night later: more messages and files.
  "$make_app_folder" "$app" "$base" 10 2 >/dev/null
  expect 0 backup --json
  [ "$(field summary kind)" = increment ] || fail "$app: the second night is no increment"
  if [ "$app" != sqlite ]; then
    [ "$(field summary files_new)" -gt 0 ] || fail "$app: the second night has no new file"
  fi
  expect 0 restore --to "$work/out-$app" "${pass[@]}"
  same_app "$app" "$database" "$base" "$work/out-$app"

  # The same under escrow: a new chain, which the agent alone opens.
  expect 0 policy set escrow --k 1 "$card" --yes "${pass[@]}"
  expect 0 backup --json
  [ "$(field summary kind)" = full ] || fail "$app: no new chain after the policy changed"
  [ "$(field summary media_bytes_added)" = 0 ] || fail "$app: its attachments were stored twice"
  HOME=$work/agent expect 0 restore --to "$work/agent-$app" --agent-key \
    "$work/agent/.config/valise/agent.key" --passphrase-file "$work/agent.pass"
  same_app "$app" "$database" "$base" "$work/agent-$app"

  # The old chain goes; the newest snapshot is as it was.
  expect 0 prune --keep-last 1
  expect 0 list
  [ "$(wc -l <"$work/out")" = 2 ] || fail "$app: the prune left more than one snapshot"
  expect 0 restore --to "$work/pruned-$app" "${pass[@]}"
  same_app "$app" "$database" "$base" "$work/pruned-$app"
  expect 0 verify --all "${pass[@]}"
  expect 0 scrub
  expect 0 audit
done

echo 'apps: two nights, a prune and a restore of each, in both modes'
