#!/usr/bin/env bash
# Runs a command with access to the hosts of environments, from a machine that has none of its own.
#   tools/ci_on_hosts.sh ENVIRONMENT [ENVIRONMENT ...] -- COMMAND ...
# AWS's credentials are in the environment or in profiles; tools/access has the rest.
set -euo pipefail
cd "$(dirname "$0")/.."

tools/bootstrap.sh control
# In its place, so that a signal of GitHub's reaches it.
exec .venv/bin/python -m tools.access --door "$@"
