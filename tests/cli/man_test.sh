#!/usr/bin/env bash
# Man pages and --help tell of the same options, and groff has nothing to warn of.
source "$(dirname "$0")/common.bash"
man=$(realpath "$2")

verbs_of() { # the subcommands that a help names
  "$valise" "$@" --help | sed -n '/^Subcommands:/,/^$/s/^  \([a-z0-9-]*\) .*/\1/p'
}
help_options() { # all long options of a verb and those below it, without --help
  local below
  "$valise" "$@" --help | sed -nE 's/^  (-[a-zA-Z],)?(--[a-z-]+).*/\2/p'
  for below in $(verbs_of "$@"); do help_options "$@" "$below"; done
}
page_options() { # the options that a page explains: tags of its section OPTIONS
  groff -mandoc -Tascii -P-cbou -rLL=200n "$1" |
    sed -n '/^OPTIONS/,/^[A-Z]/p' | sed -nE 's/^ +(--[a-z-]+)( .*|$)/\1/p'
}
for page in "$man"/*.[17]; do
  warnings=$(groff -mandoc -ww -z "$page" 2>&1)
  [ -z "$warnings" ] || fail "$warnings"
done

compare() { # compare PAGE VERB...
  local page=$1
  shift
  [ -e "$man/$page" ] || fail "there is no page $page"
  diff <(help_options "$@" | grep -vx -e --help | sort -u) <(page_options "$man/$page" | sort -u) ||
    fail "$page and \"valise $* --help\" do not tell of the same options (< help, > page)"
}
verbs=$(verbs_of)
[ "$(wc -w <<<"$verbs")" -ge 12 ] || fail "the help names these verbs only: $verbs"
for verb in $verbs; do
  compare "valise-$verb.1" "$verb"
  grep -q "^\.It Xr valise-$verb 1" "$man/valise.1" || fail "valise.1 does not name $verb"
  for section in SYNOPSIS EXAMPLES 'EXIT STATUS' 'SEE ALSO'; do
    grep -qx "\.Sh $section" "$man/valise-$verb.1" || fail "valise-$verb.1 has no $section"
  done
done
for page in "$man"/valise-*.1; do
  verb=${page##*/valise-}
  grep -qx "${verb%.1}" <<<"$verbs" || fail "$page tells of a verb that does not exist"
done
diff <("$valise" --help | sed -nE 's/^  (-[a-zA-Z],)?(--[a-z-]+).*/\2/p' | sort -u) \
  <(page_options "$man/valise.1" | sort -u) || fail 'valise.1 and "valise --help" differ'
echo 'man pages: the same options as in the help, no warnings'
