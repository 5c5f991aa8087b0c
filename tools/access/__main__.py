"""Run as `python -m tools.access`."""

from __future__ import annotations

import sys

from tools.access.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
