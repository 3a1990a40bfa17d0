#!/usr/bin/env bash
# Files that systemd and launchd accept, for a vault and a program of awkward names.
source "$(dirname "$0")/common.bash"

mkdir -p "$work/odd \"place\" 100%"
program="$work/odd \"place\" 100%/valise"
cp "$valise" "$program"
valise=$program
export VALISE_VAULT="$work/my vault's 50% & <more>"
units=$HOME/.config/systemd/user
mkdir -p "$work/bin"
cat >"$work/bin/systemctl" <<'SCRIPT'
#!/bin/sh
echo "$@" >>"$HOME/systemctl"
case "$*" in *is-active*) exit 0 ;; *--value*) echo success ;; esac
SCRIPT
chmod +x "$work/bin/systemctl"
path=$PATH
export PATH=$work/bin:$path

expect 2 schedule
expect 2 schedule install --with at
expect 10 schedule status --with systemd
says out 'Nothing is scheduled'
expect 0 schedule install --with systemd
says out 'Every night from now on, by systemd'
grep -qx -- '--user daemon-reload' "$HOME/systemctl" || fail 'systemd was not told'
service=$(echo "$units"/valise-backup-*.service)
timer=$(echo "$units"/valise-backup-*.timer)
[ -s "$service" ] && [ -s "$timer" ] || fail 'there are no units'
if command -v systemd-analyze >/dev/null; then
  mkdir -m 700 "$work/runtime"
  XDG_RUNTIME_DIR=$work/runtime systemd-analyze verify --user "$service" "$timer" >"$work/out" 2>"$work/err" ||
    fail 'systemd-analyze does not accept the units'
  [ ! -s "$work/err" ] || fail 'systemd-analyze has something against the units'
  systemd-analyze calendar "$(sed -n 's/^OnCalendar=//p' "$timer")" >/dev/null || fail 'no calendar'
  # A plain name is begun without a shell.
  mkdir "$work/plain 100%"
  cp "$program" "$work/plain 100%/valise"
  valise="$work/plain 100%/valise"
  expect 0 schedule install --with systemd
  XDG_RUNTIME_DIR=$work/runtime systemd-analyze verify --user "$service" "$timer" >"$work/out" \
    2>"$work/err" || fail 'systemd-analyze does not accept the units'
  grep -q "^ExecStart=\"$work/plain 100%%/valise\" backup" "$service" || fail 'another program'
  valise=$program
  expect 0 schedule install --with systemd
else
  echo 'systemd-analyze is absent: the units were not verified'
fi
cp -r "$units" "$work/units"
expect 0 schedule install --with systemd
diff -r "$units" "$work/units" || fail 'installing twice is not as once'
expect 0 schedule status --with systemd --json
all_json
[ "$(field summary active)" = 1 ] && [ "$(field summary outdated)" = 0 ] || fail 'another status'
[ "$(field summary last_result)" = success ] || fail 'no last result'
touch "$units/other.timer"
expect 0 schedule remove --with systemd
[ "$(ls "$units")" = other.timer ] || fail 'more or less than ours was removed'

# Nobody to talk to.
printf '#!/bin/sh\necho "Failed to connect to bus: No medium found" >&2\nexit 1\n' \
  >"$work/bin/systemctl"
expect 14 schedule install --with systemd
says err 'the files stand'
says err 'type: systemctl --user daemon-reload'
[ -s "$service" ] || fail 'the files do not stand'
expect 17 schedule status --with systemd
expect 0 schedule remove --with systemd

# launchd reads XML.
printf '#!/bin/sh\nexit 0\n' >"$work/bin/launchctl"
chmod +x "$work/bin/launchctl"
expect 0 schedule install --with launchd
agent=$(echo "$HOME"/Library/LaunchAgents/*.plist)
if command -v python3 >/dev/null; then
  python3 - "$agent" "$program" "$VALISE_VAULT" <<'PYTHON' || fail 'the agent is not what it should be'
import plistlib, sys
agent = plistlib.load(open(sys.argv[1], "rb"))
assert agent["ProgramArguments"] == [sys.argv[2], "backup", "--quiet", "--no-progress"], agent
assert agent["EnvironmentVariables"]["VALISE_VAULT"] == sys.argv[3], agent
assert agent["StartCalendarInterval"]["Hour"] == 3
PYTHON
else
  echo 'python3 is absent: the agent was not read'
fi
expect 0 schedule remove --with launchd
[ ! -e "$agent" ] || fail 'the agent was not removed'

# cron, whose line a shell then runs.
cat >"$work/bin/crontab" <<'SCRIPT'
#!/bin/sh
if [ "$1" = -l ]; then
  [ -e "$HOME/crontab" ] || { echo "no crontab for me" >&2; exit 1; }
  cat "$HOME/crontab"
else
  cat >"$HOME/crontab"
fi
SCRIPT
chmod +x "$work/bin/crontab"
expect 0 schedule install --with cron
line=$(grep -v '^#' "$HOME/crontab" | sed 's/^[0-9]* 3 \* \* \* //; s/\\%/%/g')
code=0
sh -c "$line" 2>"$work/err" || code=$?
[ "$code" = 10 ] || fail "the line of cron ended with $code and not with 10: there is no vault"
says err "$VALISE_VAULT"
expect 0 schedule remove --with cron
[ ! -s "$HOME/crontab" ] || fail 'lines are left in the crontab'
echo 'schedule: what is written is what systemd, launchd and a shell read'
