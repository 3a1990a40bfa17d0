#!/usr/bin/env bash
# A malicious writer fills the escrow slot with garbage, so that the agent cannot open. Without a key
# nobody can tell; the agent's drill names it, and so does the owner's deep audit (L3).
source "$(dirname "$0")/common.bash"
forge=$(realpath "$2")

database=$work/live/notes.db
mkdir "$work/live" "$work/agent"
sqlite3 "$database" 'CREATE TABLE note(id INTEGER PRIMARY KEY, body TEXT);
  INSERT INTO note(body) SELECT hex(randomblob(50)) FROM generate_series(1, 300)'
pass=(--passphrase-file "$work/passphrase")
printf 'plank ginger lunar socket dune\n' >"$work/agent.pass"
agent=(--dir "$work/agent" --passphrase-file "$work/agent.pass")
expect 0 escrow keygen --name Mara "${agent[@]}" --recovery-code-to "$work/agent.code" \
  "${quick_key[@]}"
init_vault
expect 0 policy set escrow --yes "$work/agent/agent.card" "${pass[@]}"
expect 0 backup --json "$database"
honest=$(field summary snapshot)
expect 0 escrow drill "${agent[@]}"

forged=$("$forge" "$VALISE_VAULT" "$HOME/.config/valise" "$database" 1) || fail 'no forgery'

# All bytes are there and signed: no key, no finding about the slot.
expect 0 scrub
expect 0 audit --json
[ "$(json "SELECT count(*) FROM line WHERE json_extract(json, '\$.type') = 'finding'
           AND json_extract(json, '\$.severity') = 'error'")" = 0 ] || fail 'found without a key'

expect 13 escrow drill --all "${agent[@]}"
says out "FAILED    backup $forged: slot 1 does not open"
says out Mara
says out "as before backup ${honest:0:8}"
expect 13 escrow drill --json "$forged" "${agent[@]}"
all_json
[ "$(field drill ok)" = 0 ] && [ "$(field summary failed)" = 1 ] || fail 'the drill passes in JSON'
expect 13 escrow open "$forged" --to "$work/no" "${agent[@]}"
[ ! -e "$work/no/forged.db" ] || fail 'garbage was restored'

expect 17 audit --deep --json "${pass[@]}"
deep() { # deep FIELD: of the one finding that is an error
  json "SELECT json_extract(json, '\$.$1') FROM line WHERE json_extract(json, '\$.type') = 'finding'
        AND json_extract(json, '\$.severity') = 'error'"
}
[ "$(deep code)" = slot ] || fail "L3 finds: $(deep code)"
[[ $(deep message) == *"$forged"*'slot 1'*Mara* ]] || fail "L3 says: $(deep message)"
[ "$(json "SELECT json_extract(json, '\$.level') FROM line
           WHERE json_extract(json, '\$.snapshot') = '$honest'")" = L3 ] || fail 'the honest one is not L3'
# The owner still opens both, and the agent the honest one.
expect 0 restore "$forged" --to "$work/owner" "${pass[@]}"
expect 0 escrow open "$honest" --to "$work/agent-out" "${agent[@]}"
same_rows "$database" "$work/agent-out/notes.db"
echo 'garbage slot: the drill and L3 name it'
