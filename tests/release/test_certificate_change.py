"""The site's certificate and its key change under load, as a team gives others: no request fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from roles.nginx.files.tls.handshake import shown
from tests.certificates import Issued, self_signed
from tests.figures import Figures
from tests.fleet import Fleet
from tests.lab import files
from tests.load.table import table
from tests.release.mix import load_on, reads, writes
from tests.turns import share

pytestmark = [pytest.mark.timeout(1200), share(2)]

RATE = 40  # requests a second, beside the plays
PATIENCE = 30  # seconds
PLACES = {"nginx_tls_certificate": "/etc/nginx/given.crt", "nginx_tls_key": "/etc/nginx/tls/given.key"}


def serve(fleet: Fleet, *arguments: str) -> bytes | None:
    """Converge nginx on the edge; return the certificate that clients are shown then."""
    played = fleet.play("tests/release/plays/nginx.yml", "--limit", fleet.edge, *arguments)
    assert played.code == 0, played.output[-6000:]
    return shown(fleet.addresses[fleet.edge], 443, "mailroom.test")


def give(fleet: Fleet, pair: Issued, folder: Path) -> bytes | None:
    """Give the edge a certificate with its key; return the one that clients are shown then."""
    pem = {"nginx_tls_certificate_pem": pair.chain_pem().decode(), "nginx_tls_key_pem": pair.key_pem().decode()}
    file = folder / "given.json"
    files.write_json(file, {"nginx_tls_source": "files", **PLACES, **pem}, 0o600)
    return serve(fleet, "-e", f"@{file}")


def test_no_request_fails_while_the_certificate_and_its_key_change(
    live_fleet: Fleet, tmp_path: Path, figures: Figures
) -> None:
    fleet = live_fleet
    pairs = [self_signed("mailroom.test", fleet.addresses[fleet.edge]) for _ in range(2)]
    trusted = tmp_path / "trusted.pem"
    trusted.write_bytes(fleet.certificate.read_bytes() + b"".join(pair.chain_pem() for pair in pairs))
    before = shown(fleet.addresses[fleet.edge], 443, "mailroom.test")
    with load_on(fleet.url, trusted, (reads(), writes(fleet.key)), 1100, rate=RATE, timeout=PATIENCE) as load:
        served = [give(fleet, pair, tmp_path) for pair in pairs]
        served.append(serve(fleet))
        report = load.report()
    fleet.run(fleet.edge, f"rm {' '.join(PLACES.values())}")

    failed = f"{report.total.failed} of {report.total.sent} (slowest {report.total.slowest_ms:.0f} ms)"
    figures.say("the site's certificate and key changed three times: failed of sent", failed, "0")
    assert served == [*(pair.der for pair in pairs), before]
    assert report.total.failed == 0, table(report)
