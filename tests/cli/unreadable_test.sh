#!/usr/bin/env bash
# Files that the system refuses to show: the night is made all the same, ends with 3 and lists them,
# and the snapshot has them as the last one did. Root may read everything, so root becomes nobody.
source "$(dirname "$0")/common.bash"

run=("$valise")
if [ "$(id -u)" = 0 ]; then
  cp "$valise" "$work/valise"
  chmod 755 "$work" "$work/valise"
  chown -R 65534 "$work"
  run=(setpriv --reuid=65534 --clear-groups "$work/valise")
fi
cat >"$work/as_nobody" <<EOF
#!/bin/sh
exec ${run[*]} "\$@"
EOF
chmod 755 "$work/as_nobody"
valise=$work/as_nobody
pass=(--passphrase-file "$work/passphrase")

live=$work/live
mkdir -p "$live/Attachments/closed" "$live/Attachments/unlisted"
make_history "$live/chat.db"
for name in a closed/b closed/c unlisted/d; do printf '%s\n' "$name" >"$live/Attachments/$name"; done
ln -s /nowhere "$live/Attachments/unlisted/link"
if [ "$(id -u)" = 0 ]; then chown -R 65534 "$work"; fi
expect 0 init --recovery-code-to "$work/code" "${pass[@]}" "${quick_key[@]}"
expect 0 backup "$live/chat.db" --json
[ "$(field summary files)" = 4 ] || fail 'not all files were taken'

chmod 000 "$live/Attachments/closed" "$live/Attachments/a"
chmod 444 "$live/Attachments/unlisted"
touch "$live/Attachments/a"
expect 3 backup --json
[ "$(field summary files_gone)" = 0 ] || fail 'what cannot be read counts as gone'
[ "$(field summary files_unreadable)" -ge 3 ] || fail 'the unreadable ones are not counted'
expect 3 backup
says out 'unreadable: Attachments/closed/'
# The backup stands, and status does not call it whole; that alone is no alarm.
expect 0 status --max-age 1d
says out 'INCOMPLETE: 4 attachments not taken'
expect 0 status --json
[ "$(field source incomplete)" = 1 ] && [ "$(field source files_not_taken)" -ge 2 ] ||
  fail 'the night counts as complete'
[ "$(field summary ok)" = 1 ] || fail 'an incomplete night is an alarm'
expect 0 restore --to "$work/back" "${pass[@]}"
chmod 700 "$live/Attachments/closed" "$live/Attachments/unlisted"
chmod 600 "$live/Attachments/a"
diff -r --no-dereference "$live/Attachments" "$work/back/Attachments" || fail 'the snapshot lacks files'

# Their pack is gone as well: they are missing then, and nights go on.
chmod 000 "$live/Attachments/closed" "$live/Attachments/a"
find "$VALISE_VAULT/media" -name '*.pack' -delete
expect 17 status
says out 'MISSING PACKS: valise scrub; INCOMPLETE'
expect 3 backup
expect 3 backup --full
expect 0 list --files latest "${pass[@]}"
says out 'missing'
chmod 700 "$live/Attachments/closed"
chmod 600 "$live/Attachments/a"
expect 0 backup
expect 0 verify "${pass[@]}"
expect 0 status
says out ', ok'

# A folder became a link to another disk: the files that the rows name come back all the same.
sqlite3 "$live/chat.db" "CREATE TABLE IF NOT EXISTS attachment(filename TEXT, total_bytes INTEGER);
  INSERT INTO attachment VALUES('~/Library/Messages/Attachments/closed/b', 9)"
expect 0 backup
mv "$live/Attachments/closed" "$work/elsewhere"
ln -s "$work/elsewhere" "$live/Attachments/closed"
expect 0 backup
"$valise" restore --to "$work/moved" "${pass[@]}" >"$work/out.txt" 2>&1 || true
[ "$(cat "$work/moved/Attachments/closed/b")" = closed/b ] || fail 'a kept file did not come back'

# Rows that cannot be read to their end.
sqlite3 "$live/chat.db" "DROP TABLE attachment;
  CREATE TABLE attachment(filename TEXT PRIMARY KEY, total_bytes INTEGER) WITHOUT ROWID;
  INSERT INTO attachment VALUES(replace(hex(zeroblob(1000000)), '0', '!'), 1)"
expect 3 backup
says err 'names more attachments than can be listed'
expect 3 backup --json
[ "$(field summary rows_cut_short)" = 1 ] || fail 'it is not said that rows were not read'
expect 0 status
says out 'INCOMPLETE: valise backup says why'

echo 'unreadable: listed, kept, and no night stops'
