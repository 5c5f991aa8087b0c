"""Put this machine's keys of an environment where a thrown-away machine finds them: AWS's Parameter Store.

Usage: python -m tools.access.share ENVIRONMENT

The SSH key is encrypted there. What is there already and the same isn't written again.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.access.aws import AccessError, Client, client_of, explained, session_of
from tools.access.keys import NAMES, checked, parameter

ROOT = Path(__file__).resolve().parent.parent.parent
USAGE = 2
TYPES = {"ssh_key": "SecureString", "known_hosts": "String"}


def share(environment: str, folder: Path, ssm: Client) -> dict[str, bool]:
    """Write the keys in a folder to the Parameter Store.

    Returns:
        Whether each was written, by its parameter's name.

    Raises:
        AccessError: one isn't there or is no such thing, or AWS refuses it.
    """
    try:
        keys = checked(environment, {name: (folder / name).read_text(encoding="utf-8") for name in NAMES})
    except OSError as error:
        raise AccessError(f"{error.filename}: {error.strerror}; `make provision ENV={environment}` makes it") from error
    written = {}
    for name in NAMES:
        place, text = parameter(environment, name), str(getattr(keys, name))
        with explained(f"parameter {place}"):
            there = ssm.get_parameters(Names=[place], WithDecryption=True)["Parameters"]
            written[place] = not there or there[0]["Value"] != text
            if written[place]:
                # Many hosts make it longer than the 4 KiB that are free of charge.
                ssm.put_parameter(Name=place, Value=text, Type=TYPES[name], Overwrite=True, Tier="Intelligent-Tiering")
    return written


def main(argv: Sequence[str]) -> int:
    """Run `make access`."""
    if len(argv) != 1:
        sys.stderr.write("usage: python -m tools.access.share ENVIRONMENT\n")
        return USAGE
    environment = argv[0]
    folder = Path(os.environ.get("SLIPWAY_STATE") or ROOT / ".slipway" / environment)
    try:
        written = share(environment, folder, client_of(session_of(environment, os.environ), "ssm"))
    except AccessError as error:
        sys.stderr.write(f"{error}\n")
        return USAGE
    for place, new in written.items():
        sys.stdout.write(f"{place}  {'written' if new else 'unchanged'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
