#!/usr/bin/env bash
# Sums up what all stages of `make test` left, as `make test` does at its end; fails if any failed or left nothing.
#   tools/ci_summary.sh [REPORTS]
# The same goes to $GITHUB_STEP_SUMMARY, where that is set.
set -euo pipefail
cd "$(dirname "$0")/.."
readonly reports=${1:-.reports}

# A stage that was ended before it could say how it ended has failed.
ended() { cat "$reports/$1.status" 2>/dev/null || printf '1\n'; }

stages=$(sed -n 's/^STAGES *:= *//p' Makefile)
pairs=()
for stage in $stages; do pairs+=("$stage=$(ended "$stage")"); done

code=0
said=$(python3 -m tools.summary "$reports" "${pairs[@]}") || code=$?
printf '%s\n' "$said"
{
  printf '## Tests\n\n```text\n'
  sed '/./,$!d' <<<"$said"
  printf '```\n'
} >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
exit "$code"
