#!/usr/bin/env bash
# The recovery sheet: what its QR code says to a reader that knows nothing of valise is the code.
source "$(dirname "$0")/common.bash"

init_vault
sheet=$work/sheet.html
expect 2 key sheet --html "$sheet"
expect 12 key sheet --html "$sheet" --passphrase-command 'echo a wrong passphrase'
[ ! -e "$sheet" ] || fail 'a sheet was written without the key'
expect 0 key sheet --html "$sheet" --passphrase-file "$work/passphrase"
says out 'Print it, then delete the file'
grep -qF "$(cat "$work/code")" "$work/out" "$work/err" && fail 'the code was printed'
[ "$(stat -c %a "$sheet")" = 600 ] || fail 'others can read the sheet'
# Never over a file, and nobody is asked for a passphrase first.
expect 2 key sheet --html "$sheet"
says err 'exists already'
mkdir "$work/new"
expect 0 key sheet --json --html "$work/new/sheet.html" --recovery-code-file "$work/code"
all_json
[ "$(ls -A "$work/new")" = sheet.html ] || fail 'something stands beside the sheet'
expect 14 key sheet --html "$work/absent/sheet.html" --recovery-code-file "$work/code"

# The drawn modules as a picture, each eight pixels wide.
pbm() {
  local side
  side=$(sed -nE 's/.*viewBox="0 0 ([0-9]+) .*/\1/p' "$1")
  grep -oE 'M[0-9]+ [0-9]+h[0-9]+' "$1" | tr 'Mh' '  ' |
    awk -v side="$side" -v scale=8 '
      { for (x = $1; x < $1 + $3; x++) dark[x, $2] = 1 }
      END {
        print "P1", side * scale, side * scale
        for (y = 0; y < side * scale; y++) {
          line = ""
          for (x = 0; x < side * scale; x++) line = line ((int(x / scale), int(y / scale)) in dark)
          print line
        }
      }'
}
pbm "$sheet" >"$work/sheet.pbm"
zbarimg --raw --quiet --nodbus "$work/sheet.pbm" >"$work/read" 2>"$work/err" ||
  fail 'no QR code is found on the sheet'
cmp "$work/read" "$work/code" || fail 'the QR code says something else than the code'
expect 0 key recovery-check --recovery-code-file "$work/read"
# What a person types from the sheet, group by group.
grep -oE '<span>[0-9A-Z]{4}</span>' "$sheet" | sed -E 's/<[^>]*>//g' | tr '\n' ' ' >"$work/typed"
expect 0 key recovery-check --recovery-code-file "$work/typed"
echo 'recovery sheet: its QR code and its text are the code'
