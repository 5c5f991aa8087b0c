#!/usr/bin/env bash
# Run as root in the virtual machine by `vagrant provision`: has Mailroom run from the synced folder, or as released.
#   vagrant_development.sh on|off FOLDER
# While it's on, a service looks at the folder every second: a new migration is applied, and what runs starts again.
set -euo pipefail
readonly verb=${1:-} folder=${2:-}
readonly program=/usr/local/sbin/mailroom-development unit=mailroom-development.service units=/etc/systemd/system

# The units whose code is the folder's instead of the release's. Environment, secrets and packages stay the release's.
drop_ins() { printf "$units/mailroom-%s@.service.d/development.conf\n" migrate web worker; }

# Writes standard input to a file; fails where it had that content already.
put() {
  local new
  new=$(mktemp)
  cat >"$new"
  if cmp --silent "$new" "$1"; then
    rm "$new"
    return 1
  fi
  install -D -m "$2" "$new" "$1" || exit
  rm "$new"
}

# VERB units of both slots, those that run: what was stopped, or failed and is tried again by systemd, isn't meant.
each_slot() {
  local slot
  for slot in blue green; do systemctl "$1" "mailroom-$2@$slot.service" || true; done
}

# What was started before knows nothing of the folder.
restart() {
  each_slot try-restart web
  each_slot try-restart worker
}

# By the slot that starts with the host; its log says what was wrong: journalctl --unit 'mailroom-migrate@*'.
migrate() {
  local slot
  for slot in blue green; do
    if systemctl --quiet is-enabled "mailroom-web@$slot.service"; then
      systemctl start "mailroom-migrate@$slot.service" || true
    fi
  done
}

on() {
  local path changed=
  while read -r path; do
    put "$path" 0644 <<<"[Service]
Environment=PYTHONPATH=$folder/src PYTHONDONTWRITEBYTECODE=1" && changed=yes
  done < <(drop_ins)
  put $program 0755 <"$0" && changed=yes
  put "$units/$unit" 0644 <<<"[Unit]
Description=Mailroom anew at each saved file of $folder

[Service]
ExecStart=$program watch $folder
Restart=always

[Install]
WantedBy=multi-user.target" && changed=yes
  if [[ $changed ]]; then
    systemctl daemon-reload
    systemctl --quiet enable $unit
    systemctl restart $unit
    migrate
    restart
    printf 'Mailroom runs from %s, and anew whenever a file is saved there\n' "$folder"
  fi
}

off() {
  [[ -e $units/$unit ]] || return 0
  systemctl --quiet disable --now $unit
  rm -f "$units/$unit" $program
  drop_ins | while read -r path; do
    rm -f "$path"
    rmdir --ignore-fail-on-non-empty "${path%/*}"
  done
  systemctl daemon-reload
  restart
  printf 'Mailroom runs as it was released\n'
}

# What is in a part of the folder; nothing while it isn't mounted yet, and a file may go while it's looked at.
content() {
  { find "$folder/$1" -name __pycache__ -prune -o -type f -printf '%P %T@ %s\n' 2>/dev/null || true; } | sort | cksum
}

watch() {
  local source migrations seen_source seen_migrations
  seen_source=$(content src) seen_migrations=$(content migrations)
  while sleep 1; do
    source=$(content src) migrations=$(content migrations)
    [[ $source != "$seen_source" || $migrations != "$seen_migrations" ]] || continue
    printf 'files were saved\n'
    if [[ $migrations != "$seen_migrations" ]]; then migrate; fi
    # Requests in hand end in peace.
    each_slot try-reload-or-restart web
    each_slot try-restart worker
    seen_source=$source seen_migrations=$migrations
  done
}

case $verb in
  on | off | watch) $verb ;;
  *)
    printf 'usage: vagrant_development.sh on|off FOLDER\n' >&2
    exit 2
    ;;
esac
