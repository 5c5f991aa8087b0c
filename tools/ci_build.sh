#!/usr/bin/env bash
# Builds the release of HEAD, and tells the steps and jobs after it which it is.
#   tools/ci_build.sh [SOURCE]     the service's folder, app unless named
# Writes `version` and `sha256` to $GITHUB_OUTPUT and a line to $GITHUB_STEP_SUMMARY, where these are set.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly source=${1:-app}

name=$(sed -n 's/^name = "\(.*\)"$/\1/p' "$source/pyproject.toml" | head -n 1)
version=$(tools/ci_version.sh "$name")
make --no-print-directory build SOURCE="$source" VERSION="$version"

readonly artifact=dist/$name-$version.tar.gz
sha256=$(sha256sum "$artifact")
sha256=${sha256%% *}
printf 'version=%s\nsha256=%s\n' "$version" "$sha256" >>"${GITHUB_OUTPUT:-/dev/null}"
# shellcheck disable=SC2016 # Markdown's backticks
printf 'Built `%s`: sha256 `%s`\n' "${artifact##*/}" "$sha256" >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
