#!/usr/bin/env bash
# Prints the version that HEAD is released as, in the form of PEP 440. `make build VERSION=…` takes it.
#   tools/ci_version.sh [NAME]
# A tag NAME-1.4.0 (mailroom-1.4.0) at HEAD is the version: 1.4.0. Else, as `git describe` would have it, the newest tag
# before, how many commits came since, and which is the last: 1.4.0.post7+g1f0c3a9e2b. Before the first tag it counts
# from the first commit. So each commit has its own, and no release's name is given to other bytes.
set -euo pipefail
cd "$(dirname "$0")/.."
readonly name=${1:-mailroom}

die() {
  printf 'ci_version: %s\n' "$*" >&2
  exit 1
}

[[ $(git rev-parse --is-shallow-repository) == false ]] ||
  die "the clone is shallow, so that tags and commits can't be counted; fetch all of it (fetch-depth: 0)"

commit=$(git rev-parse --short=10 HEAD)
if described=$(git describe --tags --long --match "$name-[0-9]*" HEAD 2>/dev/null); then
  tag=${described%-*-*}
  base=${tag#"$name-"}
  since=${described#"$tag-"}
  since=${since%-*}
  # It becomes a word of a command, and a file's name: only the normal form of PEP 440 will do.
  [[ $base =~ ^(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))*((a|b|rc)(0|[1-9][0-9]*))?$ ]] ||
    die "the tag $tag is no version; it must be as in $name-1.4.0 or $name-1.4.0rc1"
else
  base=0.0.0
  since=$(git rev-list --count HEAD)
fi

if ((since)); then
  printf '%s.post%d+g%s\n' "$base" "$since" "$commit"
else
  printf '%s\n' "$base"
fi
