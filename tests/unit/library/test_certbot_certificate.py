"""certbot_certificate: when certbot is asked for a certificate, how, and what is said when it gets none.

A double stands for certbot; the real one gets a certificate of Let's Encrypt's own test authority on a lab host.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args

from library import certbot_certificate
from tests.certificates import Authority

AUTHORITY = Authority()
NAMES = ["mail.example.org", "www.example.org"]
DIRECTORY = "https://acme.example.org/directory"
WEBROOT = "/var/lib/acme-challenge"
RENEWAL = """\
version = 4.0.0
cert = /etc/letsencrypt/live/site/cert.pem

# Options used in the renewal process
[renewalparams]
account = 8ecc237333d7508d5ab2c2419ae0437d
key_type = ecdsa
server = {server}
authenticator = webroot
webroot_path = {webroot},
[[webroot_map]]
mail.example.org = /elsewhere
"""
DOUBLE = """#!/bin/sh
printf '%s\\n' "$@" > "$TOLD"
echo "bundle=$REQUESTS_CA_BUNDLE" >> "$TOLD"
test -z "$FAILING" && exit 0
echo 'Saving debug log to /var/log/letsencrypt/letsencrypt.log'
echo 'Certbot failed to authenticate some domains'
echo '  Detail: 203.0.113.5: Fetching http://mail.example.org/: Connection refused'
echo 'Ask for help or search for solutions at https://community.letsencrypt.org.' >&2
exit 1
"""
Task = Callable[..., dict[str, Any]]


@dataclass(frozen=True)
class Certbot:
    """certbot's folder, and what its double was told."""

    folder: Path
    told_file: Path

    def have(self, *names: str, server: str = DIRECTORY, webroot: str = WEBROOT, ends: float = 90) -> None:
        """Lay down the files of a certificate that certbot got."""
        live = self.folder / "live" / "site"
        live.mkdir(parents=True)
        (live / "fullchain.pem").write_bytes(AUTHORITY.issue(*names, days=(-100, ends)).chain_pem())
        (self.folder / "renewal").mkdir()
        (self.folder / "renewal" / "site.conf").write_text(RENEWAL.format(server=server, webroot=webroot))

    def told(self) -> list[str]:
        """Return the words that it was called with, or nothing."""
        return self.told_file.read_text().splitlines() if self.told_file.exists() else []


@pytest.fixture
def certbot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Certbot:
    program = tmp_path / "bin" / "certbot"
    program.parent.mkdir()
    program.write_text(DOUBLE)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("TOLD", str(tmp_path / "told"))
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    return Certbot(tmp_path / "letsencrypt", tmp_path / "told")


@pytest.fixture
def task(certbot: Certbot, capsys: pytest.CaptureFixture[str]) -> Task:
    """Run the module as a task; return what it said."""

    def run(**more: Any) -> dict[str, Any]:  # noqa: ANN401
        usual = {"name": "site", "names": NAMES, "directory_url": DIRECTORY, "webroot": WEBROOT}
        with patch_module_args({**usual, "folder": str(certbot.folder), **more}), pytest.raises(SystemExit):
            certbot_certificate.main()
        return dict(json.loads(capsys.readouterr().out))

    return run


@pytest.mark.parametrize("names", [NAMES, NAMES[::-1], ["Mail.Example.org", "www.example.org"]])
def test_a_certificate_as_it_should_be_is_left_alone(certbot: Certbot, task: Task, names: list[str]) -> None:
    certbot.have(*NAMES)

    assert task(names=names) | {"invocation": None} == {"changed": False, "reason": "", "invocation": None}
    assert certbot.told() == []


def test_the_first_is_asked_for_with_all_that_was_said(certbot: Certbot, task: Task) -> None:
    done = task(email="ops@example.org")

    assert (done["changed"], done["reason"]) == (True, "there is none")
    told = " ".join(certbot.told())
    assert told.startswith("certonly --non-interactive --agree-tos --cert-name site ")
    assert f"--webroot --webroot-path {WEBROOT} --server {DIRECTORY} --key-type ecdsa" in told
    assert "--email ops@example.org" in told
    assert told.endswith("--domain mail.example.org --domain www.example.org bundle=")


def test_an_account_without_mail_is_made_where_none_was_given(certbot: Certbot, task: Task) -> None:
    task()

    assert "--register-unsafely-without-email" in certbot.told()
    assert "--email" not in certbot.told()


def test_an_authority_of_ones_own_is_proved_by_its_file(certbot: Certbot, task: Task) -> None:
    task(ca_file="/etc/ssl/pebble.pem")

    assert certbot.told()[-1] == "bundle=/etc/ssl/pebble.pem"


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        ({"names": NAMES[:1]}, "it is for mail.example.org"),
        ({"names": [*NAMES, "old.example.org"]}, "it is for mail.example.org, old.example.org, www.example.org"),
        ({"server": "https://staging.example.org/directory"}, "it is from https://staging.example.org/directory"),
        ({"webroot": "/var/www"}, "its renewal writes to /var/www"),
        ({"ends": -1}, "it ended at 20"),
    ],
    ids=["a name more", "a name less", "another authority", "another folder", "over"],
)
def test_another_is_asked_for_where_the_one_there_is_not_as_it_should_be(
    certbot: Certbot, task: Task, found: dict[str, Any], reason: str
) -> None:
    certbot.have(*found.pop("names", NAMES), **found)
    done = task()

    assert done["changed"]
    assert done["reason"].startswith(reason)
    assert "--force-renewal" in certbot.told()


@pytest.mark.parametrize("broken", ["live/site/fullchain.pem", "renewal/site.conf"])
def test_files_that_are_no_use_are_as_none(certbot: Certbot, task: Task, broken: str) -> None:
    certbot.have(*NAMES)
    (certbot.folder / broken).unlink()

    assert task()["reason"] == "there is none"


def test_check_mode_asks_for_nothing(certbot: Certbot, task: Task) -> None:
    done = task(_ansible_check_mode=True)

    assert (done["changed"], done["reason"]) == (True, "there is none")
    assert certbot.told() == []


def test_what_certbot_says_of_a_failure_is_passed_on_without_what_it_always_says(
    task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAILING", "yes")

    assert task()["msg"].splitlines() == [
        "certbot got no certificate for mail.example.org, www.example.org: Certbot failed to authenticate some domains",
        "Detail: 203.0.113.5: Fetching http://mail.example.org/: Connection refused",
    ]
