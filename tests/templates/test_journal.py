"""Who may push a journal, to whom, and what keeps it, as the roles tell the programs."""

from __future__ import annotations

import configparser
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.templates.by_ansible import rendered
from tests.templates.render import ROOT, render

SENDERS = [{"name": "app-1", "address": "10.20.0.5"}, {"name": "app-10", "address": "10.20.0.50"}]
UNITS = "etc/systemd/system"
FOLDERS = {
    "__journal_certificate": "/etc/slipway/journal/tls/certificate.pem",
    "__journal_tls": "/etc/slipway/journal/tls",
    "__journal_store": "/var/log/journal/remote",
}


def journal(template: str, **more: Any) -> str:  # noqa: ANN401
    """Return a rendered template of the role."""
    wired = {"journal_receiver": "mon", "journal_receiver_address": "10.20.0.7", "journal_senders": SENDERS}
    return render("journal", template, **FOLDERS, **wired, **more)


def lines(template: str, **more: Any) -> list[str]:  # noqa: ANN401
    return [line.strip() for line in journal(template, **more).splitlines() if not line.lstrip().startswith("#")]


def unit(template: str, **more: Any) -> dict[str, dict[str, str]]:  # noqa: ANN401
    """Return a unit's sections; of a setting that comes several times the last."""
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(journal(template, **more))
    return {name: dict(parser[name]) for name in parser.sections()}


def test_the_door_is_on_one_address_and_asks_for_a_certificate() -> None:
    (bind,) = [line for line in lines("etc/haproxy/haproxy.cfg") if line.startswith("bind ")]

    assert bind == "bind 10.20.0.7:19532 ssl crt certificate.pem ca-file authority.pem verify required"
    assert "ssl-default-bind-options ssl-min-ver TLSv1.2" in lines("etc/haproxy/haproxy.cfg")


def test_a_sender_is_let_in_by_its_name_and_its_address_together() -> None:
    rules = [line for line in lines("etc/haproxy/haproxy.cfg") if line.startswith(("use_backend", "default_backend"))]

    assert rules == [
        "use_backend app-1 if { ssl_c_s_dn(cn) -m str app-1 } { src 10.20.0.5 }",
        "use_backend app-10 if { ssl_c_s_dn(cn) -m str app-10 } { src 10.20.0.50 }",
    ]


def test_each_senders_stream_goes_to_a_receiver_of_its_own() -> None:
    text = "\n".join(lines("etc/haproxy/haproxy.cfg"))
    found = dict(re.findall(r"^backend (\S+)\nserver receiver unix@(\S+)$", text, re.MULTILINE))

    assert found == {name: f"/run/slipway-journal/{name}.sock" for name in ("app-1", "app-10")}
    assert unit(f"{UNITS}/slipway-journal@.socket")["Socket"]["ListenStream"] == "/run/slipway-journal/%i.sock"


def test_only_haproxy_reaches_a_receivers_socket() -> None:
    socket = unit(f"{UNITS}/slipway-journal@.socket")["Socket"]

    assert (socket["SocketUser"], socket["SocketMode"]) == ("haproxy", "0600")


def test_a_receiver_has_no_network_and_writes_to_its_senders_folder_only() -> None:
    service = unit(f"{UNITS}/slipway-journal@.service")["Service"]

    assert service["PrivateNetwork"] == "yes"
    assert (service["ProtectSystem"], service["ReadWritePaths"]) == ("strict", "/var/log/journal/remote/%i")
    assert "--output=/var/log/journal/remote/%i/%i.journal" in journal(f"{UNITS}/slipway-journal@.service")


def test_what_is_kept_has_limits_of_size_and_of_age() -> None:
    kept = unit("etc/systemd/journal-remote.conf.d/slipway.conf", journal_max_use="700M", journal_keep_free="3G")
    daily = unit(f"{UNITS}/slipway-journal-keep.service", journal_keep_days=20)["Service"]["ExecStart"]

    assert kept["Remote"] == {"MaxUse": "700M", "KeepFree": "3G", "MaxFileSize": "64M", "MaxFiles": "1000"}
    assert daily == "/usr/bin/python3 -m search.keep --days 20 /var/log/journal/remote"


def test_a_sender_pushes_over_tls_and_shows_its_certificate() -> None:
    upload = unit("etc/systemd/journal-upload.conf.d/slipway.conf")["Upload"]
    credentials = {key: value.rpartition("/")[2] for key, value in upload.items() if key.endswith("File")}

    assert upload["URL"] == "https://10.20.0.7:19532"
    assert credentials == {
        "ServerKeyFile": "key",
        "ServerCertificateFile": "certificate",
        "TrustedCertificateFile": "authority",
    }


def test_the_service_is_handed_exactly_the_files_that_it_reads() -> None:
    drop_in = journal(f"{UNITS}/systemd-journal-upload.service.d/slipway.conf")

    assert dict(re.findall(r"^LoadCredential=(\w+):(\S+)$", drop_in, re.MULTILINE)) == {
        "key": "/etc/slipway/journal/tls/certificate.pem.key",
        "certificate": "/etc/slipway/journal/tls/certificate.pem",
        "authority": "/etc/slipway/journal/tls/authority.pem",
    }


def test_a_sender_never_gives_up_and_is_soon_back() -> None:
    drop_in = unit(f"{UNITS}/systemd-journal-upload.service.d/slipway.conf")

    assert drop_in["Unit"]["StartLimitIntervalSec"] == "0"
    assert drop_in["Service"]["Restart"] == "always"
    assert int(drop_in["Service"]["RestartMaxDelaySec"]) <= 15


def test_the_search_is_told_whose_the_own_journal_is_and_where_the_others_lie() -> None:
    told = json.loads(journal("etc/slipway/journal/search.json", inventory_hostname="mon"))

    assert told == {"here": "mon", "remote": "/var/log/journal/remote"}


def test_the_names_in_the_templates_are_those_of_the_role() -> None:
    variables = (ROOT / "roles/journal/vars/main.yml").read_text(encoding="utf-8")

    for name, value in FOLDERS.items():
        assert f"{name}: {value}\n" in variables


@pytest.mark.parametrize("name", ["__init__", "__main__", "arriving", "entry", "journals", "keep"])
def test_every_part_of_the_search_is_laid_down(name: str) -> None:
    variables = (ROOT / "roles/journal/vars/main.yml").read_text(encoding="utf-8")
    parts = {path.stem for path in Path(ROOT / "roles/journal/files/search").glob("*.py")}

    assert f"'{name}'" in variables
    assert parts == {"__init__", "__main__", "arriving", "entry", "journals", "keep"}


@pytest.mark.parametrize("journalled", [True, False])
def test_the_access_log_goes_to_the_journal_where_that_is_wanted(*, journalled: bool) -> None:
    site = {"name": "guest-book", "servers": ["unix:/srv/guest-book/lanes/00.sock"], "server_names": ["guests.test"]}
    told = "access_log syslog:server=unix:/dev/log,nohostname,tag=nginx slipway_guest_book;"

    for template in ("etc/nginx/nginx.conf", "etc/nginx/sites-available/slipway.conf"):
        text = rendered(
            "nginx", template, nginx_sites=[site], nginx_server_names=["guests.test"], nginx_journal=journalled
        )
        assert (told in text) == journalled
        assert "access_log /var/log/nginx/access.log slipway_guest_book" in text


def test_the_hosts_own_journal_has_limits_of_size_age_and_rate() -> None:
    text = render("base", "etc/systemd/journald.conf.d/slipway.conf", base_journal_max_days=7)

    for setting in ("SystemMaxUse=500M", "MaxRetentionSec=7day", "MaxFileSec=1day", "RateLimitBurst=10000"):
        assert setting in text.splitlines()
