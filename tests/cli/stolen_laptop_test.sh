#!/usr/bin/env bash
# Two devices, and the laptop is stolen. The thief goes on backing up with its credential; the owner
# revokes it with its last good backup; a new device takes its place.
source "$(dirname "$0")/common.bash"

pass=(--passphrase-file "$work/passphrase")
code=(--recovery-code-file "$work/code")
desk=$HOME
laptop=$work/laptop
mkdir "$laptop"
at() { # at HOME CODE ARGUMENT...: expect, on that machine
  local home=$1
  shift
  HOME=$home expect "$@"
}

listed() {
  json "SELECT count(*) FROM line WHERE json_extract(json, '\$.type') = 'snapshot'"
}

make_history "$work/desk.db"
make_history "$laptop/chat.db"
init_vault --device-name desk
at "$laptop" 0 key add-device --name laptop "${pass[@]}"
at "$desk" 0 backup "$work/desk.db"
for _ in 1 2 3; do
  at "$laptop" 0 backup --json "$laptop/chat.db"
  good=$(field summary snapshot)
  sqlite3 "$laptop/chat.db" "VACUUM INTO '$work/good.db'" && mv "$work/good.db" "$work/last.db"
  add_messages "$laptop/chat.db" 25
done

# It is stolen, and its nightly job goes on for whoever holds it.
thief=$work/thief
cp -a "$laptop" "$thief"
add_messages "$thief/chat.db" 10
at "$thief" 0 backup --json "$thief/chat.db"
bad=$(field summary snapshot)
at "$thief" 0 backup --json --full "$laptop/chat.db"
worse=$(field summary snapshot)

# With all that the laptop holds nobody opens a backup: there is nothing to open one with.
at "$thief" 2 restore --to "$work/loot"
for file in $(find "$thief" -type f -size -1000k); do
  if [ -s "$file" ]; then
    head -c 3000 "$file" >"$work/guess"
    result=0
    HOME=$thief "$valise" restore --to "$work/loot" --recovery-code-file "$work/guess" \
      >"$work/out" 2>"$work/err" || result=$?
    case $result in
      2 | 12) ;;
      *) fail "a restore with what stands in $file ended with $result" ;;
    esac
  fi
done
[ ! -e "$work/loot/chat.db" ] || fail 'the thief restored a backup'
shown=$(cat "$work/code")
if grep -rqaF -e "$shown" -e "${shown//-/}" -e "$passphrase" "$thief" "$VALISE_VAULT"; then
  fail 'the code or the passphrase stands on the laptop or in the vault'
fi

# The owner, at the desk.
at "$desk" 0 key devices
says out laptop
says out 'this machine'
at "$desk" 10 key revoke-device tablet --yes "${pass[@]}"
says err '"laptop"'
at "$desk" 2 key revoke-device laptop --last-good "$good" "${pass[@]}"
says err '--yes'
at "$desk" 12 key revoke-device laptop --yes --passphrase-command 'echo a wrong passphrase'
at "$desk" 10 key revoke-device laptop --yes --last-good ffffffff "${pass[@]}"
at "$desk" 0 list --json
[ "$(listed)" = 6 ] || fail 'something was revoked already'
at "$desk" 0 key revoke-device laptop --yes --last-good "${good:0:12}" "${pass[@]}"
says out '3 backups of it stay good'
says out '2 backups after that are refused'
says out 'no key'
says out 'add-device'
at "$desk" 2 key revoke-device laptop --yes "${pass[@]}"
says err already

# What the thief signed is refused by every verb, and named by the audit.
at "$desk" 0 list --json
[ "$(listed)" = 4 ] || fail 'the list still has what was refused'
says err 'made by a device after it was revoked'
for snapshot in "$bad" "$worse"; do
  at "$desk" 10 restore "$snapshot" --to "$work/refused" "${code[@]}"
  at "$desk" 10 verify "$snapshot" "${code[@]}"
done
at "$desk" 0 verify --all --json "${code[@]}"
[ "$(json "SELECT count(*) FROM line WHERE json_extract(json, '\$.ok') = 1")" = 4 ] ||
  fail 'not just the four good ones verify'
at "$desk" 17 audit --json
all_json
for snapshot in "$bad" "$worse"; do
  [ "$(json "SELECT count(*) FROM line WHERE json_extract(json, '\$.code') = 'revoked'
             AND instr(json, '$snapshot')")" = 1 ] || fail "the audit does not name $snapshot"
done
[ "$(json "SELECT count(*) FROM line WHERE json_extract(json, '\$.severity') = 'error'")" = 2 ] ||
  fail 'the audit finds other errors too'
at "$desk" 0 key devices --json
all_json
[ "$(json "SELECT json_extract(json, '\$.refused') FROM line
           WHERE json_extract(json, '\$.device') = 'laptop'")" = 2 ] || fail 'devices miscounts'

# The device itself is told, and stops; nothing more comes into the vault.
objects=$(find "$VALISE_VAULT" -type f | wc -l)
at "$thief" 10 backup "$thief/chat.db"
says err 'revoked by the owner'
at "$thief" 10 backup --full --json "$thief/chat.db"
[ "$(find "$VALISE_VAULT" -type f | wc -l)" = "$objects" ] || fail 'a revoked device still writes'

# The good ones open with the code on a new machine, which goes on with a chain of its own.
fresh=$work/fresh
mkdir "$fresh"
at "$fresh" 0 restore "$good" --to "$fresh" "${code[@]}"
same_rows "$work/last.db" "$fresh/chat.db"
at "$fresh" 0 key add-device --name laptop "${code[@]}"
[ ! -s "$work/err" ] || fail 'a revoked namesake is warned of'
at "$fresh" 0 backup --json "$fresh/chat.db"
[ "$(field summary kind)" = full ] || fail "a new device's first backup is no full"
add_messages "$fresh/chat.db" 4
at "$fresh" 0 backup --json
[ "$(field summary kind)" = increment ] || fail 'the new chain does not go on'
# By its id: the desk's backup may be of the same second.
at "$fresh" 0 restore "$(field summary snapshot)" --to "$work/again" "${pass[@]}"
same_rows "$fresh/chat.db" "$work/again/chat.db"
# The desk never noticed.
add_messages "$work/desk.db" 3
at "$desk" 0 backup --json
[ "$(field summary kind)" = increment ] || fail 'the other device lost its chain'
at "$desk" 17 audit --json
[ "$(json "SELECT count(*) FROM line WHERE json_extract(json, '\$.severity') = 'error'")" = 2 ] ||
  fail 'what came after the revocation is not sound'
at "$desk" 0 scrub || fail 'scrub finds fault'

# And the laptop comes back: enrolled anew, it is a device like any other.
at "$laptop" 0 key add-device --name 'laptop again' "${pass[@]}"
at "$laptop" 0 backup --json "$laptop/chat.db"
[ "$(field summary kind)" = full ] || fail 'an enrolled machine goes on with a refused chain'
echo 'a stolen laptop: revoked, its later backups refused, the old ones open, a new device goes on'
