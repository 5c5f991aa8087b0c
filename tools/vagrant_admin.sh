#!/usr/bin/env bash
# Run as root in a new virtual machine by `vagrant up`: makes it a blank host like any other.
#   vagrant_admin.sh PUBLIC_KEY     (the host's private key has been uploaded to /tmp/host_key)
set -euo pipefail
readonly public_key=$1 uploaded=/tmp/host_key host_key=/etc/ssh/ssh_host_ed25519_key

id admin >/dev/null 2>&1 || useradd --create-home --shell /bin/bash admin
install -d -m 0700 -o admin -g admin /home/admin/.ssh
install -m 0600 -o admin -g admin /dev/stdin /home/admin/.ssh/authorized_keys <<<"$public_key"
install -m 0440 /dev/stdin /etc/sudoers.d/admin <<<'admin ALL=(ALL) NOPASSWD: ALL'

if ! cmp --silent "$uploaded" "$host_key"; then
  install -m 0600 "$uploaded" "$host_key"
  ssh-keygen -y -f "$host_key" >"$host_key.pub"
  systemctl restart ssh
fi
rm -f "$uploaded"

if ! command -v python3 >/dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get -q update
  apt-get -q -y --no-install-recommends install python3
fi
