"""Run as `python -m tools.cost`."""

from __future__ import annotations

import sys

from tools.cost.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
