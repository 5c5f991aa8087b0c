#!/bin/sh
# Tells Prometheus, by a file that the node exporter reads, since when this host has waited for a reboot, and when each
# backup that it is expected to make has last succeeded.
# Usage: host-metrics FILE SECONDS SIGN FOLDER [BACKUP...]: what to write, how often that is done, what a package leaves
# that asks for a reboot, where whoever makes a backup touches the file of its name, and which backups are expected.
set -eu
file=$1
every=$2
sign=$3
folder=$4
shift 4

# What was told of a series before.
told() {
  sed -n "s/^$1 //p" "$file" 2> /dev/null || true
}

since=0
if [ -e "$sign" ]; then
  # Each package touches the sign anew, so what was told before counts.
  since=$(told slipway_reboot_required_since_seconds)
  if [ "${since:-0}" = 0 ]; then since=$(stat -c %Y "$sign"); fi
fi

backups() {
  success=slipway_backup_last_success_timestamp_seconds
  expected=slipway_backup_expected_since_timestamp_seconds
  echo "# HELP $success When a backup that is expected of this host has last succeeded; 0 where none has."
  echo "# TYPE $success gauge"
  for name; do
    echo "$success{backup=\"$name\"} $(stat -c %Y "$folder/$name" 2> /dev/null || echo 0)"
  done
  echo "# HELP $expected Since when a backup has been expected of this host."
  echo "# TYPE $expected gauge"
  for name; do
    first=$(told "$expected{backup=\"$name\"}")
    echo "$expected{backup=\"$name\"} ${first:-$(date +%s)}"
  done
}

# Under a name that isn't read, and then in its place, whole or not at all.
{
  cat << END
# HELP slipway_reboot_required_since_seconds When a package asked for a reboot; 0 where none did.
# TYPE slipway_reboot_required_since_seconds gauge
slipway_reboot_required_since_seconds $since
# HELP slipway_textfile_interval_seconds How often this file is written.
# TYPE slipway_textfile_interval_seconds gauge
slipway_textfile_interval_seconds{file="$file"} $every
END
  if [ $# -gt 0 ]; then backups "$@"; fi
} > "$file.new"
mv "$file.new" "$file"
