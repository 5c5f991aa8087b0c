"""`make access`: this machine's keys of an environment go where GitHub's machines look for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.tools.access.conftest import KEY, KNOWN
from tools.access.aws import AccessError, Client
from tools.access.keys import keys_of
from tools.access.share import main, share


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    """Return a folder of an environment's state, as `make provision` leaves it."""
    (tmp_path / "ssh_key").write_text(f"{KEY}\n", encoding="utf-8")
    (tmp_path / "known_hosts").write_text(f"{KNOWN}\n", encoding="utf-8")
    return tmp_path


def test_what_is_shared_opens_the_environment_elsewhere(folder: Path, ssm: Client) -> None:
    share("preview", folder, ssm)

    found = keys_of("preview", {}, ssm)
    assert (found.ssh_key, found.known_hosts) == (f"{KEY}\n", f"{KNOWN}\n")


def test_the_ssh_key_is_encrypted(folder: Path, ssm: Client) -> None:
    share("sealed", folder, ssm)

    assert ssm.get_parameter(Name="/slipway/sealed/ssh_key")["Parameter"]["Type"] == "SecureString"


def test_only_what_changed_is_written_again(folder: Path, ssm: Client) -> None:
    share("grown", folder, ssm)
    (folder / "known_hosts").write_text(f"{KNOWN}\n203.0.113.8 ssh-ed25519 BBBB\n", encoding="utf-8")

    assert share("grown", folder, ssm) == {"/slipway/grown/ssh_key": False, "/slipway/grown/known_hosts": True}


def test_a_key_that_isnt_there_is_named_with_what_makes_it(folder: Path, ssm: Client) -> None:
    (folder / "ssh_key").unlink()

    with pytest.raises(AccessError) as refused:
        share("preview", folder, ssm)

    assert str(refused.value) == (f"{folder}/ssh_key: No such file or directory; `make provision ENV=preview` makes it")


def test_what_would_know_nobody_isnt_shared(folder: Path, ssm: Client) -> None:
    (folder / "known_hosts").write_text("", encoding="utf-8")

    with pytest.raises(AccessError, match="the known hosts of empty must be lines of a host"):
        share("empty", folder, ssm)
    assert ssm.get_parameters(Names=["/slipway/empty/ssh_key"])["Parameters"] == []


def test_the_command_tells_what_it_did(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SLIPWAY_STATE", str(folder))

    assert main(["told"]) == 0
    assert capsys.readouterr().out == "/slipway/told/ssh_key  written\n/slipway/told/known_hosts  written\n"


def test_without_an_environment_it_says_how_it_is_called(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert capsys.readouterr().err == "usage: python -m tools.access.share ENVIRONMENT\n"
