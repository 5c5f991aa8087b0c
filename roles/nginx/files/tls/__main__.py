"""Have nginx serve the certificate and key that it should, if they are good; nginx isn't reloaded.

    slipway-tls                                    what /etc/slipway/tls.json names
    slipway-tls --certificate FILE --key FILE      others, in their place
    slipway-tls --check                            nothing is changed, only said

It says what it did in one line, and changes nothing when nothing is new. Exit code 1: refused, the line says why, and
what was served is served still. certbot calls it after each look at its certificates.
"""

from __future__ import annotations

import argparse
import datetime as dt
import grp
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from .handshake import shown
from .pair import Pair, RefusedError
from .served import NAMES, Clock, Served

WISH = Path("/etc/slipway/tls.json")


@dataclass(frozen=True)
class Wish:
    """What is to be served, and where.

    Attributes:
        certificate: the file of the certificate with its chain, in PEM.
        key: the file of its key.
        names: what the certificate must be for.
        folder: where nginx reads.
        group: who may read there besides root; empty for whoever may by default.
        address: where nginx answers on this host.
        port: its port.
    """

    certificate: Path
    key: Path
    names: tuple[str, ...]
    folder: Path
    group: str = ""
    address: str = "127.0.0.1"
    port: int = 443

    @classmethod
    def read(cls, path: Path, **others: Path) -> Wish:
        """Read it from a file of JSON, with others in place of some."""
        told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) | others
        told |= {"certificate": Path(told["certificate"]), "key": Path(told["key"]), "folder": Path(told["folder"])}
        return cls(**told | {"names": tuple(told["names"])})


def fulfil(wish: Wish, clock: Clock, now: dt.datetime, *, check: bool = False) -> str:
    """Serve it, or with `check` only look; return what was or would be done.

    Raises:
        RefusedError: it isn't good, or nginx doesn't serve it.
    """
    pair = Pair.read(wish.certificate, wish.key)
    pair.check(wish.names, now)
    until = f"{pair.leaf.not_valid_after_utc:%Y-%m-%d %H:%M} UTC"
    served = Served(wish.folder, grp.getgrnam(wish.group).gr_gid if wish.group else None)

    def show() -> bytes | None:
        return shown(wish.address, wish.port, wish.names[0] if wish.names else "")

    with served.held():
        before = served.read()
        if list(before.values()) == [pair.content()] * len(NAMES):
            return f"unchanged: the certificate is good until {until}"
        if check:
            return f"would change: a certificate that is good until {until} isn't served yet"
        # A handshake tells whether nginx reads these files already; before its first start and its first reload not.
        live = len(before) == len(NAMES) and show() in {_der(content) for content in before.values()}
        served.put(pair.content(), clock, (lambda: show() == pair.der) if live else None)
    return f"changed: the new certificate is good until {until}"


def _der(content: bytes) -> bytes:
    return x509.load_pem_x509_certificates(content)[0].public_bytes(Encoding.DER)


def main(arguments: list[str]) -> int:
    """Run the program; return its exit code."""
    parser = argparse.ArgumentParser(
        prog="slipway-tls", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--wish", type=Path, default=WISH, help="what to serve, and where (default: %(default)s)")
    parser.add_argument("--certificate", type=Path)
    parser.add_argument("--key", type=Path)
    parser.add_argument("--check", action="store_true", help="change nothing")
    told = parser.parse_args(arguments)
    others = {name: path for name in ("certificate", "key") if (path := getattr(told, name))}
    try:
        print(fulfil(Wish.read(told.wish, **others), Clock(), dt.datetime.now(dt.UTC), check=told.check))
    except RefusedError as error:
        print(f"refused: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
