"""Run as `python -m tools.secrets`."""

from __future__ import annotations

import sys

from tools.secrets.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
