"""The text for nft: nft takes it, and it says all that there is to say in one transaction."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from roles.nginx.files.places import table

PLACES = {("198.18.0.1", 8000): "10.0.0.1", ("198.18.0.2", 8000): "10.0.0.2", ("198.18.0.1", 8001): "10.0.0.2"}


def test_each_place_and_port_leads_to_its_host() -> None:
    (elements,) = [line for line in table.text("198.18.0.0/24", PLACES).splitlines() if line.startswith("add element")]

    assert elements == (
        "add element ip slipway_places hosts { 198.18.0.1 . 8000 : 10.0.0.1, 198.18.0.2 . 8000 : 10.0.0.2, "
        "198.18.0.1 . 8001 : 10.0.0.2 }"
    )


def test_it_touches_no_table_but_its_own_and_deletes_none() -> None:
    lines = table.text("198.18.0.0/24", PLACES).splitlines()
    commands = [line for line in lines if line.startswith(("table", "flush", "add", "delete", "destroy"))]

    assert [line for line in commands if "slipway_places" not in line] == []
    assert [line for line in commands if line.startswith(("delete", "destroy"))] == []


# A network namespace of its own, so that this machine's rules are left alone.
@pytest.mark.skipif(not shutil.which("nft") or not shutil.which("unshare"), reason="nft and unshare are missing")
def test_nft_takes_it_again_and_again_and_ends_with_the_last() -> None:
    first, last = (table.text("198.18.0.0/24", {("198.18.0.1", 8000): host}) for host in ("10.0.0.1", "10.0.0.2"))
    script = f"nft -f - <<'E'\n{first}E\nnft -f - <<'E'\n{last}E\nnft list table ip slipway_places"
    command = ["unshare", "--user", "--map-root-user", "--net", "sh", "-ec", script]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "unshare" in done.stderr:
        pytest.skip(done.stderr)

    assert done.returncode == 0, done.stderr
    assert "198.18.0.1 . 8000 : 10.0.0.2" in done.stdout
    assert "10.0.0.1" not in done.stdout
    assert [done.stdout.count(rule) for rule in ("dnat to", "masquerade", "reject with tcp reset")] == [1, 1, 1]


def test_a_refusal_says_what_nft_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "NFT", "/bin/false")
    with pytest.raises(table.TableError, match="nft: "):
        table.put("198.18.0.0/24", PLACES)

    assert not table.is_there()
