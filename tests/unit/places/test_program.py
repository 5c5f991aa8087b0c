"""The program's command line: what it restores, shows and refuses."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from roles.nginx.files.places import __main__ as program
from roles.nginx.files.places import state, table
from roles.nginx.files.places.wish import Wish
from tests.templates.by_ansible import rendered

SITE = {"name": "mailroom", "servers": ["10.20.0.5:8000", "10.20.0.6:8000"], "ready_path": "/health/ready"}


def wish(folder: Path, **more: Any) -> Path:  # noqa: ANN401
    """Write what the role would want."""
    settings = {"nginx_public": True, "nginx_places_dir": str(folder), "nginx_server_names": ["mail.test"]}
    names = {"10.20.0.5": "app-1"}
    told = rendered(
        "nginx",
        "etc/slipway/places.json",
        **{**settings, "nginx_sites": [SITE], "nginx_host_names": names, "nginx_places": 4, **more},
    )
    path = folder / "places-wish.json"
    path.write_text(told)
    return path


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> list[table.Places]:
    """Return what the kernel is told."""
    told: list[table.Places] = []
    monkeypatch.setattr(table, "put", lambda _, places: told.append(dict(places)))
    return told


def test_it_restores_what_the_role_wants(tmp_path: Path, kernel: list[table.Places]) -> None:
    assert program.main(["--wish", str(wish(tmp_path)), "--restore"]) == 0

    hosts = {number: f"10.20.0.{5 if number % 2 else 6}" for number in range(1, 5)}
    assert kernel == [{(f"198.18.0.{number}", 8000): host for number, host in hosts.items()}]


def test_it_restores_what_was_kept_last(tmp_path: Path, kernel: list[table.Places]) -> None:
    path = wish(tmp_path)
    kept = {f"198.18.0.{number}": "10.20.0.6" for number in range(1, 5)}
    (tmp_path / state.KEPT).write_text(json.dumps({"mailroom": {"places": kept}}))

    assert program.main(["--wish", str(path), "--restore"]) == 0
    assert set(kernel[0].values()) == {"10.20.0.6"}


def test_it_shows_hosts_by_name_and_how_old_the_last_look_is(
    tmp_path: Path, kernel: list[table.Places], capsys: pytest.CaptureFixture[str]
) -> None:
    path = wish(tmp_path)
    program.main(["--wish", str(path), "--restore"])
    (tmp_path / state.METRICS).write_text("")
    os.utime(tmp_path / state.METRICS, (time.time() - 30,) * 2)

    assert program.main(["--wish", str(path), "--show"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert kernel
    assert 30 <= shown["age"] < 40
    assert shown["sites"]["mailroom"]["hosts"] == {
        "10.20.0.5": {"name": "app-1", "ready": True, "why": "", "places": 2},
        "10.20.0.6": {"name": "10.20.0.6", "ready": True, "why": "", "places": 2},
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "Expecting property name"),
        ('{"timeout": 1}', "has no proper 'sites'"),
        ('{"timeout": 1, "sites": [{"name": "x"}]}', "has no proper 'port'"),
    ],
)
def test_what_is_wanted_must_be_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str) -> None:
    path = tmp_path / "wish.json"
    path.write_text(text)

    assert program.main(["--wish", str(path), "--restore"]) == 1
    assert said in capsys.readouterr().err


def test_a_kernel_that_refuses_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(table, "NFT", "/bin/false")

    assert program.main(["--wish", str(wish(tmp_path)), "--restore"]) == 1
    assert capsys.readouterr().err.startswith("slipway-places: nft: ")


def test_each_application_is_asked_at_its_own_port_and_path_under_its_own_name(tmp_path: Path) -> None:
    other = {**SITE, "name": "guests", "servers": ["10.20.0.6:8001"], "ready_path": "/up", "server_names": ["g.test"]}
    lanes = {"name": "lanes", "servers": ["unix:/srv/lanes/lanes/00.sock"], "server_names": ["l.test"]}
    sites = Wish.read(wish(tmp_path, nginx_sites=[SITE, other, lanes])).sites

    asked = [(site.name, site.port, site.question.path, site.question.name, list(site.hosts)) for site in sites]
    assert asked == [
        ("mailroom", 8000, "/health/ready", "mail.test", ["10.20.0.5", "10.20.0.6"]),
        ("guests", 8001, "/up", "g.test", ["10.20.0.6"]),
    ]
    assert sites[0].places == sites[1].places


@pytest.mark.parametrize("asked", ["--left", "--back"])
@pytest.mark.parametrize("address", ["", "app-1"])
def test_it_waits_for_an_address_and_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], asked: str, address: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        program.main(["--wish", str(wish(tmp_path)), asked, address])

    assert ended.value.code == 2
    assert f"argument {asked}: invalid IPv4Address value: '{address}'" in capsys.readouterr().err
