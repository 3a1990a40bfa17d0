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

# Their pack is gone as well: what opens it is kept, and nights go on.
chmod 000 "$live/Attachments/closed" "$live/Attachments/a"
find "$VALISE_VAULT/media" -name '*.pack' -delete
expect 17 status
says out 'MISSING PACKS: valise scrub; INCOMPLETE'
expect 3 backup
says err 'is missing from the vault'
expect 3 backup --full
says out 'its media pack is away: Attachments/a,'
expect 13 restore --to "$work/without" "${pass[@]}"
says out 'DAMAGED  Attachments/a:'
chmod 700 "$live/Attachments/closed"
chmod 600 "$live/Attachments/a"
expect 0 backup --full
expect 0 verify "${pass[@]}"
expect 0 status
says out ', ok'

# Files that rows alone name, outside of the folders that are walked: what cannot be looked at has
# not gone, and one folder is told once.
mkdir -p "$live/Drafts/closed" "$live/Drafts/unlisted"
sqlite3 "$live/chat.db" "CREATE TABLE IF NOT EXISTS attachment(filename TEXT, total_bytes INTEGER)"
for name in closed/1 closed/2 unlisted/3; do
  printf '%s\n' "$name" >"$live/Drafts/$name"
  sqlite3 "$live/chat.db" "INSERT INTO attachment VALUES('~/Library/Messages/Drafts/$name', 9)"
done
sqlite3 "$live/chat.db" "INSERT INTO attachment VALUES('~/Library/Messages/Drafts/closed/new', 9)"
if [ "$(id -u)" = 0 ]; then chown -R 65534 "$live"; fi
expect 0 backup --json
[ "$(field summary files_missing)" = 1 ] || fail 'the one that is not there is not missing'
chmod 000 "$live/Drafts/closed"
chmod 444 "$live/Drafts/unlisted"
expect 3 backup --json
[ "$(field summary files_missing)" = 0 ] || fail 'what cannot be looked at counts as missing'
[ "$(field summary files_unreadable)" = 2 ] || fail 'a folder is not told once'
expect 3 backup
says out 'unreadable: Drafts/closed/'
says out 'unreadable: Drafts/unlisted/3'
expect 0 restore --to "$work/drafts" "${pass[@]}"
chmod 700 "$live/Drafts/closed" "$live/Drafts/unlisted"
diff -r "$live/Drafts" "$work/drafts/Drafts" || fail 'a file of an unreadable folder did not come back'
rm "$live/Drafts/closed/2"
expect 0 backup --json
[ "$(field summary files_missing)" = 2 ] || fail 'one that went is not missing'

# A file is in no place but a pack, and that is gone: each night says so until it is given up.
find "$VALISE_VAULT/media" -name '*.pack' -delete
expect 3 backup --json
[ "$(field summary files_pack_lost)" = 1 ] || fail 'a file whose pack is gone is not counted'
expect 3 backup --quiet
says err '1 attachment is only in 1 media pack that cannot be read (media/'
says err 'valise backup --drop-lost'
expect 0 backup --drop-lost
says out '1 given up with their media packs'
expect 0 backup
expect 0 status
says out ', ok'
expect 0 list --files latest "${pass[@]}"
says out 'missing'

# A folder became a link to another disk: the files that the rows name come back all the same.
sqlite3 "$live/chat.db" "CREATE TABLE IF NOT EXISTS attachment(filename TEXT, total_bytes INTEGER);
  INSERT INTO attachment VALUES('~/Library/Messages/Attachments/closed/b', 9)"
expect 0 backup
mv "$live/Attachments/closed" "$work/elsewhere"
ln -s "$work/elsewhere" "$live/Attachments/closed"
expect 3 backup
expect 14 verify "${pass[@]}"
says out 'NOT RESTORED  Attachments/closed: other files of the snapshot stand below it'
expect 14 verify "${pass[@]}" --json
[ "$(field snapshot files_refused)" = 1 ] || fail 'verify does not count the link'
[ "$(field snapshot ok)" = 1 ] || fail 'the link makes a sound snapshot unsound'
expect 14 restore --to "$work/moved" "${pass[@]}"
says out 'NOT RESTORED  Attachments/closed: other files of the snapshot stand below it'
expect 0 restore --to "$work/alone" --files Attachments/closed "${pass[@]}"
[ -L "$work/alone/Attachments/closed" ] || fail 'the link does not come back alone'
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
says out 'INCOMPLETE: 1 attachment not taken'

# Rows that do not say which file they name. What a backup counts as without content, the list of
# its snapshot does, too.
sqlite3 "$live/chat.db" "DROP TABLE attachment;
  CREATE TABLE attachment(id INTEGER PRIMARY KEY, filename, total_bytes INTEGER);
  INSERT INTO attachment(filename) VALUES ('~/Library/Messages/Attachments/closed/never'),
    ('~/Library/Messages/Attachments/never'), (x'00'), ('~/Library/Messages/a' || char(0) || 'b')"
rm "$live/Attachments/a"
expect 3 backup --json
without=$(field summary files_without_content)
[ "$without" -gt "$(field summary files_missing)" ] || fail 'what lies behind a link is not counted'
[ "$(field summary rows_unclear)" = 2 ] || fail 'two rows say no file'
[ "$(field summary files_in_doubt)" -ge 1 ] || fail 'nothing is kept because of them'
expect 0 list --files latest --json "${pass[@]}"
[ "$(field summary files_missing)" = "$without" ] || fail 'the list counts others'
expect 3 backup --verbose
says out 'unclear: row 3 of attachment: its path is no text'
says out 'unclear: ~/Library/Messages/a b: its path has a NUL in it'
says out "$without without content in this snapshot"
says out '1 kept though it may not be named any more'
says out '2 rows that do not say which file'
says err '2 rows do not say which file'
if grep -q 'lies outside' "$work/out"; then fail 'it is said that a row leads elsewhere'; fi
expect 0 list --files latest "${pass[@]}"
says out "$without without content"

# One could not be read, or several.
says_read() { # says_read WORDS: how many, in the words of the last line
  expect 3 backup
  says err "$1"
}
says_read '1 attachment could not be read as it is now'
ln -s /nowhere "$live/Attachments/never"
says_read '2 attachments could not be read as they are now'

echo 'unreadable: listed, kept, and no night stops'

# A container of the chain that cannot be read stops no night: a new chain begins.
expect 0 list --json
newest=$(field snapshot snapshot)
chmod 000 "$VALISE_VAULT/backups/$newest.valise"
code=0
"$valise" backup --json >"$work/out" 2>"$work/err" || code=$?
case $code in 0 | 3) ;; *) fail "the night ended with $code" ;; esac
[ "$(field summary kind)" = full ] || fail 'a night builds on what cannot be read'
case $(field summary why_full) in *"$newest"*) ;; *) fail 'the full does not say why' ;; esac
chmod 400 "$VALISE_VAULT/backups/$newest.valise"
