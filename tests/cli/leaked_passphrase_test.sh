#!/usr/bin/env bash
# A passphrase has leaked. There is no way to make the old vault forget it: a new vault is made under
# a new passphrase, everything is copied over, and the nights go on there.
source "$(dirname "$0")/common.bash"

old=$work/vault
new=$work/new-vault
new_passphrase='gravel tundra lilac beacon mosaic'
printf '%s\n' "$new_passphrase" >"$work/new-passphrase"
db=$work/chat.db
old_key=(--passphrase-file "$work/passphrase")
new_key=(--vault "$new" --recovery-code-file "$work/new-code")

# sound ARGUMENT...: an audit that finds neither an error nor a warning.
sound() {
  expect 0 audit --json "$@"
  all_json
  [ "$(json "SELECT count(*) FROM line WHERE json_extract(json, '\$.type') = 'finding'
             AND json_extract(json, '\$.severity') <> 'info'")" = 0 ] || fail "audit $* finds something"
}

# All of this is one day to the program; tests/ops/copy_names_test.cpp restores by other dates.
nights=5
init_vault
make_history "$db"
for night in $(seq "$nights"); do
  add_messages "$db" 60
  sqlite3 "$db" "UPDATE message SET text = text || ' (read)' WHERE ROWID % 97 = $night"
  expect 0 backup --json "$db"
  field summary snapshot >"$work/old-id-$night"
  sqlite3 "$db" "VACUUM INTO '$work/kept-$night.db'"
done
# A second source, as most people have one.
sqlite3 "$work/notes.db" "CREATE TABLE note(text); INSERT INTO note VALUES('buy bread')"
expect 0 backup "$work/notes.db"

# --- The passphrase leaks. A new vault, with a new passphrase; this device is enrolled by that.
expect 0 init --vault "$new" --passphrase-file "$work/new-passphrase" \
  --recovery-code-to "$work/new-code" "${quick_key[@]}"

# What would be done is shown first, and nothing is written.
find "$new" -type f | sort >"$work/before"
expect 0 copy --all --to "$new" --dry-run "${old_key[@]}"
says out 'Would copy 6 snapshots of 2 sources'
says out 'Who can open the originals: only the owner of the old vault.'
says out 'Who can open the copies: only the owner of the new vault.'
find "$new" -type f | sort | cmp - "$work/before" || fail 'a dry run wrote into the new vault'

expect 0 copy --all --to "$new" "${old_key[@]}"
says out 'Copying 6 snapshots of 2 sources'
says out '6 snapshots copied'
says out "whoever has the passphrase or the recovery code of that vault still opens"
says out "Nothing can take that back."
says out "rm -r '$old'"

# --- Every copy would restore, and the audit of the new vault is sound.
expect 0 verify --all "${new_key[@]}"
says out '6 snapshots verified'
expect 0 scrub --vault "$new"
sound --vault "$new"
sound --vault "$new" --deep --recovery-code-file "$work/new-code"

# Each is the database of its night, to the byte as the old vault restores it, and row by row as it
# was backed up; found by what it is a copy of.
expect 0 list --json "${new_key[@]}" --unlock
all_json
cp "$work/out" "$work/new-list"
[ "$(json "SELECT count(*) FROM line WHERE json_extract(json, '\$.origin.entry_id') IS NOT NULL")" = 6 ] ||
  fail 'not every snapshot of the new vault says what it is a copy of'
copies=$(json "SELECT json_extract(json, '\$.snapshot') FROM line
               WHERE json_extract(json, '\$.name') = 'chat.db'")
night=0
for copy in $copies; do
  night=$((night + 1))
  expect 0 restore "$copy" --to "$work/from-new-$night" --check full "${new_key[@]}"
  same_rows "$work/from-new-$night/chat.db" "$work/kept-$night.db"
  expect 0 restore "$(cat "$work/old-id-$night")" --to "$work/from-old-$night" "${old_key[@]}"
  cmp "$work/from-new-$night/chat.db" "$work/from-old-$night/chat.db" ||
    fail "night $night restores differently from the two vaults"
done
[ "$night" = "$nights" ] || fail "$night of $nights nights were found in the new vault"

# --- The old passphrase and the old code open nothing in the new vault.
expect 12 verify --all --vault "$new" "${old_key[@]}"
expect 12 restore --vault "$new" --to "$work/thief" "${old_key[@]}"
expect 12 restore --vault "$new" --to "$work/thief" --recovery-code-file "$work/code"
[ ! -e "$work/thief" ] || fail 'the old key restored something from the new vault'
# And what cannot be undone: they still open the old one.
expect 0 restore --to "$work/still" --source chat.db "${old_key[@]}"
same_rows "$work/still/chat.db" "$work/kept-$nights.db"

# --- Once more: all of it stands there already, and not a byte is added to the backups.
find "$new/backups" -type f | sort >"$work/before"
expect 0 copy --all --to "$new" --json "${old_key[@]}"
all_json
[ "$(field plan snapshots) $(field plan copied_before)" = '0 6' ] ||
  fail 'a second run would copy something again'
find "$new/backups" -type f | sort | cmp - "$work/before" || fail 'a second run copied again'

# --- The next nights go to the new vault; what is newer is what "latest" means.
add_messages "$db" 30
expect 0 backup --vault "$new" "$db"
add_messages "$db" 30
expect 0 backup --vault "$new"
says out 'an increment'
sqlite3 "$db" "VACUUM INTO '$work/kept-new.db'"
expect 0 restore --to "$work/newest" "${new_key[@]}"
same_rows "$work/newest/chat.db" "$work/kept-new.db"

# --- Without the old vault all is there.
rm -r "$old"
expect 0 verify --all "${new_key[@]}"
says out '8 snapshots verified'
sound --vault "$new"
expect 10 copy --all --to "$new" "${old_key[@]}"

# --- What does not work says how it would.
expect 0 init --vault "$work/third" --passphrase-file "$work/new-passphrase" \
  --recovery-code-to "$work/third-code" "${quick_key[@]}"
export VALISE_CONFIG_DIR=$work/elsewhere VALISE_STATE_DIR=$work/elsewhere-state
expect 10 copy --all --vault "$new" --to "$work/third" --recovery-code-file "$work/new-code"
says err "valise key add-device --vault $work/third"
unset VALISE_CONFIG_DIR VALISE_STATE_DIR
expect 2 copy --vault "$new" --to "$work/third" --recovery-code-file "$work/new-code"
says err 'which snapshots?'
expect 2 copy --all --vault "$new" --to sftp://host/vault --recovery-code-file "$work/new-code"

# --- A damaged original keeps the others from nothing, and is named.
expect 0 list --json --vault "$new" --unlock --recovery-code-file "$work/new-code"
broken=$(json "SELECT json_extract(json, '\$.snapshot') FROM line
               WHERE json_extract(json, '\$.name') = 'chat.db' ORDER BY rowid LIMIT 1 OFFSET 3")
printf 'x' | dd of="$new/backups/$broken.valise" bs=1 seek=40 conv=notrunc status=none
expect 13 copy --all --vault "$new" --to "$work/third" --recovery-code-file "$work/new-code"
says err "backup $broken was not copied"
says out 'Keep the old vault'
expect 0 verify --all --vault "$work/third" --recovery-code-file "$work/third-code"
echo 'leaked passphrase: copied, verified, the old key opens nothing new, and the nights go on'
