"""Loki and Alloy as they are told: on the loopback, within limits, and reading the journals that are kept anyway."""

from __future__ import annotations

import json
import re

from tests.templates.render import ROOT, render

JOURNALS = [
    {"host": "mon", "path": "/var/log/journal"},
    {"host": "app-1", "path": "/var/log/journal/remote/app-1"},
]
UNITS = "etc/systemd/system"


def test_loki_listens_on_the_loopback_and_forgets_in_time() -> None:
    told = json.loads(render("loki", "etc/slipway/loki/loki.yaml", loki_keep_days=3))

    assert {value for key, value in told["server"].items() if key.endswith("address")} == {"127.0.0.1"}
    assert told["limits_config"]["retention_period"] == "72h"
    assert told["compactor"]["retention_enabled"] is True
    assert told["analytics"]["reporting_enabled"] is False


def test_alloy_reads_each_hosts_journal_under_that_hosts_name() -> None:
    told = render("loki", "etc/slipway/loki/config.alloy", loki_journals=JOURNALS)

    paths = re.findall(r'^  path += "(.+)"$', told, re.MULTILINE)
    assert paths == [journal["path"] for journal in JOURNALS]
    assert re.findall(r'labels += \{host = "(.+)"\}', told) == ["mon", "app-1"]
    assert re.findall(r'^loki\.source\.journal "(\w+)"', told, re.MULTILINE) == ["journal_1", "journal_2"]
    assert told.count("{") == told.count("}")


def test_neither_can_take_more_memory_than_it_is_given() -> None:
    more = {"__loki_dir": "/etc/slipway/loki", "loki_memory_max": 400, "loki_alloy_memory_max": 200}

    for name, limit, soft in (("loki", 400, 300), ("alloy", 200, 150)):
        told = render("loki", f"{UNITS}/{name}.service.d/slipway.conf", **more)
        assert f"MemoryMax={limit}M\n" in told
        assert f"GOMEMLIMIT={soft}MiB" in told
        assert "ProtectSystem=strict" in told


def test_alloy_listens_on_the_loopback_and_reads_journals_by_its_group() -> None:
    told = render("loki", f"{UNITS}/alloy.service.d/slipway.conf", __loki_dir="/etc/slipway/loki")

    assert "--server.http.listen-addr=127.0.0.1:12345" in told
    assert "SupplementaryGroups=systemd-journal" in told


def test_only_a_version_of_grafanas_is_ever_installed() -> None:
    pins = render("loki", "etc/apt/preferences.d/loki")
    installed = (ROOT / "roles/loki/tasks/run.yml").read_text(encoding="utf-8")

    assert "Package: loki\nPin: version 3.*\n" in pins
    assert '["loki={{ loki_version }}", "alloy={{ loki_alloy_version }}"]' in installed


def test_nothing_of_it_is_done_unless_it_is_wanted() -> None:
    tasks = (ROOT / "roles/loki/tasks/main.yml").read_text(encoding="utf-8")
    defaults = (ROOT / "roles/loki/defaults/main.yml").read_text(encoding="utf-8")

    assert "loki_enabled: false" in defaults
    assert tasks.count("when: loki_enabled") == 3
