#!/usr/bin/env bash
# Runs one of the commands that may be started from GitHub's web pages, on the hosts of one environment.
#   tools/ci_operate.sh ENVIRONMENT status|releases|check|converge
#   tools/ci_operate.sh ENVIRONMENT rollback [break-lock]
#   tools/ci_operate.sh production promote [VERSION]     from staging; only that version, where one is named
set -euo pipefail
cd "$(dirname "$0")/.."
readonly environment=${1:?which environment} command=${2:?which command} more=${3:-}
# What a killed run left expires after five minutes. Whoever can't wait breaks it.
readonly wait=WAIT=10m

die() {
  printf 'ci_operate: %s\n' "$*" >&2
  exit 2
}

hosts=("$environment") words=("ENV=$environment")
case $command in
  status | releases | check | converge) ;;
  rollback) if [[ $more == break-lock ]]; then words+=(BREAK_LOCK=1); else words+=("$wait"); fi ;;
  promote)
    [[ $environment == production ]] || die "promote goes to production, not to $environment"
    [[ $more =~ ^[0-9A-Za-z.+]*$ ]] || die "'$more' is no version"
    hosts=(staging production)
    words=(FROM=staging TO=production "$wait" ${more:+"VERSION=$more"})
    ;;
  *) die "unknown command '$command': status, releases, check, converge, promote or rollback" ;;
esac
exec tools/ci_on_hosts.sh "${hosts[@]}" -- make --no-print-directory "$command" "${words[@]}"
