"""A wrong variable stops the converge before any role has touched the host, and the message names it."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.local_host import LocalHost
from tests.playing import Played

pytestmark = pytest.mark.timeout(600)

WRONG = {
    "base_firewall_rules": [{"name": "web", "ports": [99999]}],
    "postgresql_max_connections": 3,
    "redis_maxmemory_mb": 0,
    "app_release_steps": [1, 5],
    "app_name": "Not A Name",
    "nginx_tls_days": 5000,
    "prometheus_retention_time": "for ever",
    "exporters_memory_max": 1,
    "alertmanager_receivers": [{"name": "chat", "kind": "webhook", "url": "not-a-url"}],
    "grafana_memory_max": 1,
}


@pytest.fixture(name="refusals", scope="module")
def _refusals(up: LocalHost) -> dict[str, Played]:
    """Converge with each of them, two at a time."""
    with ThreadPoolExecutor(2) as beside:
        played = beside.map(lambda wrong: up.play("site.yml", "-e", json.dumps(dict([wrong]))), WRONG.items())
        return dict(zip(WRONG, played, strict=True))


@pytest.mark.parametrize("variable", WRONG)
def test_a_wrong_variable_stops_the_converge_before_any_change(refusals: dict[str, Played], variable: str) -> None:
    refused = refusals[variable]
    assert refused.code != 0
    assert refused.changed == 0
    message = next(line for line in refused.output.splitlines() if line.startswith("[ERROR]"))
    assert variable in message
    assert "PLAY [Prepare every host]" not in refused.output


def test_a_word_where_a_number_belongs_is_refused_by_name(up: LocalHost) -> None:
    refused = up.play("site.yml", "-e", json.dumps({"nginx_worker_connections": "many"}))
    assert refused.code != 0
    assert refused.changed == 0
    assert "nginx_worker_connections" in refused.output
    assert "many" in refused.output
