#!/usr/bin/env bash
# Another machine: the vault's folder and the passphrase restore there, and after add-device it goes
# on backing up, with the first machine doing so too.
source "$(dirname "$0")/common.bash"

database=$work/chat.db
make_history "$database"
pass=(--passphrase-file "$work/passphrase")
init_vault --device-name desk
expect 0 backup "$database"
sqlite3 "$database" "VACUUM INTO '$work/then.db'"
old_home=$HOME

export HOME=$work/laptop
mkdir "$HOME"
expect 0 restore --to "$HOME" "${pass[@]}"
same_rows "$work/then.db" "$HOME/chat.db"
[ ! -e "$HOME/.config" ] || fail 'a restore left a credential behind'
expect 10 backup "$HOME/chat.db"
expect 12 key add-device --name laptop --passphrase-command 'echo not the right one'
expect 0 key add-device --name laptop "${pass[@]}"
expect 2 key add-device --name laptop "${pass[@]}"
add_messages "$HOME/chat.db" 12
expect 0 backup --json "$HOME/chat.db"
[ "$(field summary kind)" = full ] || fail "a device's first backup is not full"
add_messages "$HOME/chat.db" 3
expect 0 backup --json
[ "$(field summary kind)" = increment ] || fail "a device's second backup is no increment"
sqlite3 "$HOME/chat.db" "VACUUM INTO '$work/now.db'"

HOME=$old_home
add_messages "$database" 1
expect 0 backup --json
[ "$(field summary kind)" = increment ] || fail 'the first machine lost its chain'
expect 0 audit --json
[ "$(field summary backups)" = 4 ] || fail 'the audit misses backups'
[ "$(json "SELECT count(DISTINCT json_extract(json, '\$.signer')) FROM line
           WHERE json_extract(json, '\$.type') = 'backup'")" = 2 ] || fail 'not two signers'
source_of_laptop=$(json "SELECT json_extract(json, '\$.source') FROM line
                         WHERE json_extract(json, '\$.device') = 'laptop' LIMIT 1")
expect 0 restore --source "${source_of_laptop:0:8}" --to "$work/again" "${pass[@]}"
same_rows "$work/now.db" "$work/again/chat.db"
echo 'new device: restored, enrolled, backing up'
