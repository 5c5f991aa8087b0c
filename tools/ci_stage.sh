#!/usr/bin/env bash
# Runs one stage of `make test` alone, and keeps how it ended beside its report, for tools/ci_summary.sh.
#   tools/ci_stage.sh STAGE [REPORTS]
set -euo pipefail
cd "$(dirname "$0")/.."
readonly stage=${1:?which stage} reports=${2:-.reports}

mkdir -p "$reports"
code=0
make --no-print-directory "$stage" || code=$?
printf '%d\n' "$code" >"$reports/$stage.status"
exit "$code"
