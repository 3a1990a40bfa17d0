# Sourced by the tests of this folder, which get the program's path as their first argument. Every
# test has a home folder of its own, no variable of the caller's, and nobody at a terminal.
set -euo pipefail

valise=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for variable in $(compgen -e); do
  case $variable in
    VALISE_* | XDG_* | NO_COLOR) unset "$variable" ;;
  esac
done
export HOME=$work/home
export VALISE_VAULT=$work/vault
mkdir "$HOME"
exec </dev/null

passphrase='crate velvet noon hazel orbit'
printf '%s\n' "$passphrase" >"$work/passphrase"
# The least memory that a key file may ask for: these tests are not about guessing.
quick_key=(--passphrase-memory 64)

fail() {
  printf 'FAIL: %s\n' "$*" >&2
  for file in "$work/out" "$work/err"; do
    if [ -s "$file" ]; then sed "s/^/  ${file##*/}: /" "$file" >&2; fi
  done
  exit 1
}

# expect CODE ARGUMENT...: runs valise, keeps what it prints in $work/out and $work/err.
expect() {
  local code=0 wanted=$1
  shift
  "$valise" "$@" >"$work/out" 2>"$work/err" || code=$?
  [ "$code" = "$wanted" ] || fail "valise $* ended with $code and not with $wanted"
}

# says FILE TEXT: what was printed holds the text.
says() { grep -qF -- "$2" "$work/$1" || fail "std$1 does not say: $2"; }

# json QUERY: asks SQLite about the JSON lines in $work/out, as the table line(json).
json() {
  local lines=$work/lines.db
  rm -f "$lines"
  sqlite3 "$lines" 'CREATE TABLE line(json TEXT)'
  # One line, one row: a separator that no JSON text holds.
  sqlite3 -separator $'\x1f' "$lines" ".import '$work/out' line"
  sqlite3 "$lines" "$1"
}

# Every line that was printed is an object with a type.
all_json() {
  [ -s "$work/out" ] || fail 'nothing was printed'
  local bad
  bad=$(json "SELECT count(*) FROM line WHERE NOT json_valid(json)
              OR json_type(json) IS NOT 'object' OR json_extract(json, '\$.type') IS NULL")
  [ "$bad" = 0 ] || fail "$bad lines are no JSON objects with a type"
}

# field TYPE NAME: the field of the last object of that type.
field() {
  json "SELECT json_extract(json, '\$.$2') FROM line
        WHERE json_extract(json, '\$.type') = '$1' ORDER BY rowid DESC LIMIT 1"
}

make_history() {
  sqlite3 "$1" "PRAGMA journal_mode = WAL;
    CREATE TABLE message(ROWID INTEGER PRIMARY KEY, guid TEXT UNIQUE, text TEXT, date INTEGER);
    CREATE TABLE chat(ROWID INTEGER PRIMARY KEY, guid TEXT);
    CREATE TABLE handle(ROWID INTEGER PRIMARY KEY, id TEXT);
    CREATE TABLE chat_message_join(chat_id INTEGER, message_id INTEGER);
    CREATE TABLE message_attachment_join(message_id INTEGER, attachment_id INTEGER);
    CREATE INDEX message_date ON message(date);" >/dev/null
  add_messages "$1" 2000
}

# add_messages DATABASE COUNT
add_messages() {
  sqlite3 "$1" "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $2)
    INSERT INTO message(guid, text, date)
    SELECT hex(randomblob(16)), 'message ' || i || ' ' || hex(randomblob(40)),
           700000000000000000 + (SELECT count(*) FROM message) + i FROM n"
}

# same_rows A B: both databases hold the same, statement by statement.
same_rows() {
  cmp <(sqlite3 "$1" .dump) <(sqlite3 "$2" .dump) || fail "$1 and $2 do not hold the same"
}

init_vault() {
  expect 0 init --passphrase-file "$work/passphrase" --recovery-code-to "$work/code" \
    "${quick_key[@]}" "$@"
}
