#!/usr/bin/env bash
# Makes .venv from uv.lock and sees that the programs are there that `make $1` needs.
#   tools/bootstrap.sh control|dev|up|test
# As root on Debian it installs what is missing; otherwise it prints the command that does. Nothing to do: under 0.5 s.
set -euo pipefail
cd "$(dirname "$0")/.."
readonly target=${1:-control} venv=.venv stamp=.venv/.slipway-lock
PATH=$PATH:/usr/sbin:/sbin

say() { printf '==> %s\n' "$*" >&2; }
die() {
  printf 'bootstrap: %s\n' "$*" >&2
  exit 1
}

# What has to be there, as "<command or file> <Debian package>".
wanted() {
  printf '%s\n' "ssh openssh-client" "git git"
  case $target in
    control) ;;
    dev) servers ;;
    up) if lab_possible; then lab; else printf '%s\n' "vagrant vagrant"; fi ;;
    test)
      lab
      servers
      printf '%s\n' "vagrant vagrant" "vagrant-libvirt vagrant-libvirt" \
        "chromium chromium" "chromedriver chromium-driver"
      ;;
  esac
}

# What Mailroom runs on, in its own tests and alone.
servers() { printf '%s\n' "initdb postgresql" "redis-server redis-server"; }

lab() {
  printf '%s\n' "systemd-nspawn systemd-container" "mmdebstrap mmdebstrap" "nft nftables" "nginx nginx-light" \
    "ip iproute2" "rsync rsync" "/usr/share/keyrings/debian-archive-keyring.gpg debian-archive-keyring"
}

lab_possible() { [[ $(uname -s) == Linux && $EUID -eq 0 ]]; }

present() {
  case $1 in
    /*) [[ -e $1 ]] ;;
    initdb) compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null ;;
    vagrant-libvirt) compgen -G '/usr/share/rubygems-integration/all/gems/vagrant-libvirt-*' >/dev/null ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

# The first interpreter of a version that uv.lock is made for, the system's own before any other.
find_python() {
  local python
  for python in /usr/bin/python3 python3 python3.13 python3.12 python3.11; do
    if "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
      printf '%s\n' "$python"
      return
    fi
  done
  return 1
}

missing_packages() {
  local thing package
  while read -r thing package; do
    present "$thing" || printf '%s\n' "$package"
  done < <(wanted)
  if [[ ! -e $stamp ]]; then
    if ! python=$(find_python); then
      printf '%s\n' python3 python3-venv
    elif ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
      printf '%s\n' python3-venv
    fi
  fi
}

# Installs packages without letting their services start now or at the next boot: the tests run their own.
install_packages() {
  local policy=/usr/sbin/policy-rc.d unit
  export DEBIAN_FRONTEND=noninteractive
  if [[ ! -e $policy ]]; then
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    printf '#!/bin/sh\n# Put here by tools/bootstrap.sh while it installs packages.\nexit 101\n' >$policy
    chmod 0755 $policy
  fi
  say "installing Debian packages: $*"
  quietly apt-get -q update
  quietly apt-get -q -y --no-install-recommends install "$@"
  if [[ -d /run/systemd/system ]]; then
    for unit in nginx-light:nginx postgresql:postgresql redis-server:redis-server; do
      if [[ " $* " == *" ${unit%:*} "* ]]; then
        quietly systemctl disable "${unit#*:}.service"
      fi
    done
  fi
}

# Runs a command and shows what it said only if it failed.
quietly() {
  local log
  log=$(mktemp)
  if ! "$@" >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    rm -f "$log"
    die "failed: $*"
  fi
  rm -f "$log"
}

ensure_packages() {
  local missing=() package
  while read -r package; do missing+=("$package"); done < <(missing_packages)
  ((${#missing[@]})) || return 0
  if [[ $EUID -eq 0 ]] && command -v apt-get >/dev/null; then
    install_packages "${missing[@]}"
  elif command -v apt-get >/dev/null; then
    die "run this first: sudo apt-get install --no-install-recommends ${missing[*]}"
  else
    die "install these first (Debian's names): ${missing[*]}"
  fi
}

lock_hash() { cat uv.lock tools/uv.txt | cksum; }

ensure_environment() {
  local hash python
  hash=$(lock_hash)
  if [[ -x $venv/bin/uv && -e $stamp && $(<"$stamp") == "$hash" ]] && "$venv/bin/python" -c '' 2>/dev/null; then
    return 0
  fi
  python=$(find_python) || die "Python 3.11, 3.12 or 3.13 is needed and none was found"
  say "making .venv with $("$python" --version) (about 20 s the first time)"
  rm -f $stamp
  if [[ ! -x $venv/bin/python ]] || ! "$venv/bin/python" -c '' 2>/dev/null; then
    rm -rf $venv
    "$python" -m venv $venv
  fi
  quietly $venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tools/uv.txt
  # System certificates, so that a company's own authority is trusted as it is by everything else on this machine.
  UV_SYSTEM_CERTS=1 UV_PROJECT_ENVIRONMENT=$venv quietly $venv/bin/uv sync --frozen --python $venv/bin/python
  # Compiled ahead, since a shell may forbid Python to do it: each start of ansible would take twice as long.
  $venv/bin/python -m compileall -q $venv/lib/python3.*/site-packages/{ansible,jinja2,yaml,markupsafe,packaging} || true
  printf '%s\n' "$hash" >$stamp
}

case $target in
  control | dev | up | test) ;;
  *) die "unknown target '$target': control, dev, up or test" ;;
esac
if [[ $target == test ]] && ! lab_possible; then
  die "the whole test run boots hosts and needs root on Linux (sudo make test); without: make lint test-unit test-app"
fi
ensure_packages
ensure_environment
