"""Run as `python -m tools.status`."""

from __future__ import annotations

import sys

from tools.status.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
