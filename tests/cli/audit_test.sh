#!/usr/bin/env bash
# Audits as a desk runs them: many vaults, cards, checkpoints, pages, databases, refusals.
source "$(dirname "$0")/common.bash"
man=$(realpath "$2")

rows() { # rows TYPE: how many objects of that type were printed
  json "SELECT count(*) FROM line WHERE json_extract(json, '\$.type') = '$1'"
}
ask() { sqlite3 "$work/audit.db" "$1"; }

database=$work/chat.db
make_history "$database"
init_vault
expect 0 key card --to "$work/owner.card"
expect 0 backup "$database"
expect 0 escrow keygen --name Mara --dir "$work/mara" --passphrase-file "$work/passphrase" \
  --recovery-code-to "$work/mara.code" "${quick_key[@]}"
expect 0 policy set escrow --k 1 "$work/mara/agent.card" --yes \
  --passphrase-file "$work/passphrase"
expect 0 backup

# One vault: an agent that never drilled is a warning, and an error only with --strict.
expect 0 audit
says out '2 backups: 1 end-to-end (only the owner can open), 1 escrowed.'
says out 'Besides the owner, Mara alone can open 1 backup.'
says out '  never drilled'
says out 'ESCROWED: the owner, or this agent, since '
says out 'warning  undrilled'
says out 'What no audit can prove:'
[ "$(grep -cE '^    [0-9a-f]{8}  20' "$work/out")" = 2 ] || fail 'not one row a backup'
expect 17 audit --strict
expect 0 audit --deep --passphrase-file "$work/passphrase"
[ "$(grep -c 'L3 rebuilt ' "$work/out")" = 3 ] || fail 'not every backup is rebuilt'

# The drill that the warning names ends it.
expect 0 audit --json
drilled=$(json "SELECT json_extract(json, '\$.message') FROM line
  WHERE json_extract(json, '\$.code') = 'undrilled'" | grep -o 'valise escrow drill [0-9a-f]*')
expect 0 ${drilled#valise } --agent-key "$work/mara/agent.key" \
  --passphrase-file "$work/passphrase"
expect 0 audit --strict --pin "$work/owner.card"
says out 'L2 drilled'
says out '  last drilled 20'
rm -r "$VALISE_VAULT/drills"

# The checkpoint can be given back as a whole report.
expect 0 audit --pin "$work/owner.card"
cp "$work/out" "$work/kept"
expect 0 audit --checkpoint "$work/kept"
expect 2 audit --checkpoint "$work/owner.card"
expect 2 audit --checkpoint "$work/absent"
expect 2 audit --pin "$work/mara/agent.card"
expect 2 audit --pin "$work/absent.card"

# Age.
expect 0 audit --max-age 36h
expect 2 audit --max-age 2
says err '36h, 2d or 4w'
expect 2 audit --max-age 0d

# A key without --deep, --deep without a key, and nobody to ask.
expect 2 audit --passphrase-file "$work/passphrase"
expect 2 audit --deep

# Many vaults: another one, an empty one, one that is not there, and one that is none.
cp -r "$VALISE_VAULT" "$work/second"
mkdir "$work/cards" "$work/none"
cp "$work/owner.card" "$work/cards/"
(export VALISE_VAULT=$work/third VALISE_CONFIG_DIR=$work/third-config
 rm "$work/code"
 init_vault
 expect 0 key card --to "$work/cards/third.card")
cat >"$work/list" <<LIST
# our vaults
$work/second

third
LIST
cd "$work"
expect 17 audit --vaults-from list --pin cards "$VALISE_VAULT"
says out 'ERROR    vault-twice'
says out 'All vaults: 3 audited, 1 of them with errors; 0 that could not be audited.'
says out '  4 backups: 2 end-to-end, 2 escrowed.'
expect 0 audit --vaults-from - --pin cards <list
says out 'All vaults: 2 audited'
expect 17 audit --vaults-from list --pin owner.card
says out 'ERROR    pin '
expect 17 audit --max-age 2d --vaults-from list --pin cards
says out 'overdue'
echo '# nothing' >empty-list
expect 2 audit --vaults-from empty-list
expect 2 audit --vaults-from absent-list
# The first of which there is something to say gives the code.
expect 10 audit third "$work/none" second
says err "$work/none"
says out "NOT AUDITED"
says out 'All vaults: 2 audited, 0 of them with errors; 1 that could not be audited.'
expect 17 audit --strict second "$work/none"
expect 10 audit --strict "$work/none" second
# One vault counts once, whatever ways there are to it; of a link people are told.
expect 0 audit third third/. "$work/third/" third second/
says out 'All vaults: 2 audited'
printf 'third\nthird/\n' >twice
expect 0 audit third --vaults-from twice
says out 'All vaults: 1 audited'
[ ! -s "$work/err" ] || fail 'a path that is given twice is told'
ln -s third link
expect 0 audit third link
says err 'it leads to the vault that'
[ "$(grep -c '^Vault ' "$work/out")" = 1 ] || fail 'a vault is audited twice'
expect 17 audit --strict third link
rm link

# JSON lines, each vault's and those of all.
expect 10 audit --json --vaults-from list "$work/none"
all_json
[ "$(rows backup)" = 2 ] || fail 'not every backup is a JSON line'
[ "$(rows error)" = 1 ] || fail 'the vault that cannot be read is no JSON error'
[ "$(rows summary)" = 3 ] || fail 'not one summary a vault and one of all'
[ "$(field summary vaults)" = 2 ] || fail 'the last summary does not count the vaults'
[ "$(field summary unreadable)" = 1 ] || fail 'the last summary does not count what failed'
[ "$(field finding code)" = undrilled ] || fail 'the undrilled agent is no JSON finding'
expect 0 audit --json
[ "$(field summary 'agents[0].name')" = Mara ] || fail 'the summary does not name the agent'
[ "$(field summary 'finding_codes.undrilled')" = 1 ] || fail 'the summary counts no codes'
[ "$(field summary 'checkpoint[0].vault')" = "$(field summary vault)" ] ||
  fail 'the checkpoint does not name its vault'

# One checkpoint of all vaults, and a log that was cut back.
expect 0 audit --vaults-from list
cp out kept-all
expect 0 audit --vaults-from list --checkpoint kept-all
expect 0 audit second --checkpoint kept-all
says out 'warning  checkpoint-vault  vault: the checkpoint also names 1 other vault; this is '
expect 17 audit --strict second --checkpoint kept-all
# The third in the place of the second, and the other way round.
mv third away
cp -r second third
expect 17 audit --vaults-from list --checkpoint kept-all
says out 'ERROR    vault-twice'
rm -r third
mv away third
signer=$("$valise" audit --json second | grep '"type":"backup"' | head -n 1 |
  sed 's/.*"signer":"\([0-9a-f]*\)".*/\1/')
rm -r "second/log/$signer"
expect 17 audit --vaults-from list --checkpoint kept-all
says out 'ERROR    rollback'
expect 17 audit second --checkpoint kept-all
says out 'ERROR    rollback'
rm -r second
cp -r "$VALISE_VAULT" second

# A stranger's vault in the place of this device's own.
mv "$VALISE_VAULT" own
cp -r third "$VALISE_VAULT"
expect 17 audit --strict --max-age 1000d
says out 'ERROR    other-vault'
expect 17 audit
rm -r "$VALISE_VAULT"
mv own "$VALISE_VAULT"
expect 0 audit

# The page: alone, private, never over another file.
expect 0 audit --html audit.html --vaults-from list
[ "$(stat -c %a audit.html)" = 600 ] || fail 'the page is not private'
for part in '<!DOCTYPE html>' 'What no audit can prove' 'class="band esc"' Mara 'third</h2>'; do
  grep -qF -- "$part" audit.html || fail "the page does not have $part"
done
grep -qE '<script|https?://|src=|<link' audit.html && fail 'the page needs something from elsewhere'
cp audit.html before
expect 2 audit --html audit.html
says err 'it exists and is never overwritten'
[ ! -s out ] || fail 'something was said before the refusal'
cmp audit.html before || fail 'the page was written over'
expect 14 audit --html absent/audit.html

# Never into a vault: there it would be a foreign object.
find "$VALISE_VAULT" second | sort >objects
ln -s "$VALISE_VAULT/log" by-link
for file in "$VALISE_VAULT/report" "$VALISE_VAULT/keys/report" second/../second/report by-link/report \
  "$VALISE_VAULT/absent/report"; do
  for option in --html --sqlite; do
    expect 2 audit "$VALISE_VAULT" second/ $option "$file"
    says err "$option: "
    says err 'is inside of the vault'
    [ ! -s out ] || fail 'something was said before the refusal'
  done
done
expect 2 audit --html "$VALISE_VAULT/report"
find "$VALISE_VAULT" second | sort | cmp - objects || fail 'a vault has a foreign object'
rm by-link
expect 0 audit --html "$VALISE_VAULT-report"
rm "$VALISE_VAULT-report"

# The database, and the questions that the manual asks of it.
expect 0 audit --sqlite audit.db --vaults-from list
[ "$(stat -c %a audit.db)" = 600 ] || fail 'the database is not private'
[ "$(ask 'PRAGMA integrity_check')" = ok ] || fail 'the database is not sound'
[ -z "$(ask 'PRAGMA foreign_key_check')" ] || fail 'a key of the database leads nowhere'
[ "$(ask 'SELECT count(*) FROM vault')" = 2 ] || fail 'the database does not have every vault'
[ "$(ask 'SELECT agents FROM escrowed_backups')" = Mara ] || fail 'the view has no agent'
expect 2 audit --sqlite audit.db
says err 'it exists and is never overwritten'
[ -z "$(find . -maxdepth 1 -name '.audit*')" ] || fail 'a temporary file was left'
questions=$(groff -mandoc -Tascii -P-cbou -rLL=200n "$man/valise-audit.1" |
  sed -n '/^ *\$ sqlite3 audit.db/,/"$/p' | sed 's/^ *\$ //')
[ "$(grep -c '^sqlite3 audit.db' <<<"$questions")" = 2 ] || fail 'the manual asks no two questions'
eval "$questions" >out || fail 'a question of the manual is no SQL'
grep -qF "$work/second|Mara|1|" out || fail 'the manual'"'"'s first question has no answer'
grep -qE '^20[0-9]{2}-[0-9]{2}\|1\|1$' out || fail 'the manual'"'"'s second question has no answer'

# A vault that lost its attachments: no key is needed to see it, and nothing is called rebuilt.
mkdir -p live/Attachments
make_history live/chat.db
echo photo >live/Attachments/a
(export VALISE_VAULT=$work/lost VALISE_CONFIG_DIR=$work/lost-config
 rm "$work/code"
 init_vault
 expect 0 backup live/chat.db
 expect 0 audit --strict --max-age 1d
 expect 0 audit --strict --deep --passphrase-file "$work/passphrase"
 says out 'L3 rebuilt'
 says out 'packs are not read'
 says out 'valise scrub'
 rm -r "$VALISE_VAULT/media"
 expect 17 audit
 says out 'ERROR    missing  media/'
 says out '! packs missing'
 expect 17 audit --max-age 1d
 says out 'it has no backup that counts'
 expect 17 audit --deep --passphrase-file "$work/passphrase"
 if grep -q 'L3 rebuilt' "$work/out"; then fail 'a backup without its attachments is rebuilt'; fi)

# What no audit can prove stands in the manual word for word.
groff -mandoc -Tascii -P-cbou -rLL=200n "$man/valise-audit.1" | tr -s ' \n' ' ' >page
"$valise" audit third | sed -n '/^What no audit can prove/,$s/^  - //p' >limits
[ "$(wc -l <limits)" -ge 5 ] || fail 'the report says too little of what it cannot prove'
while read -r limit; do
  grep -qF -- "$limit" page || fail "the manual does not say: $limit"
done <limits
echo 'audits: many vaults, cards, checkpoints, pages, databases, refusals'
