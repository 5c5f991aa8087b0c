"""What Prometheus may take of its host: memory, tasks, disk, and less of a busy processor than the service."""

from __future__ import annotations

from typing import Any

import pytest

from tests.templates.by_ansible import rendered, value

DROP_IN = "etc/systemd/system/prometheus.service.d/slipway.conf"


def mounted(**sizes: int) -> dict[str, Any]:
    """Return facts of file systems: their mount points, with _ for /, and sizes in bytes."""
    return {"mounts": [{"mount": name.replace("_", "/"), "size_total": size} for name, size in sizes.items()]}


@pytest.mark.parametrize(
    ("facts", "size"),
    [(mounted(_=8, _boot=1), 8), (mounted(_=8, _var_lib=3, _var=5), 3), (mounted(_srv=9), 0), ({}, 0)],
    ids=["one disk", "a disk of its own", "elsewhere", "not told"],
)
def test_its_disk_is_the_innermost_that_it_writes_on(facts: dict[str, Any], size: int) -> None:
    assert value("prometheus", "__prometheus_disk", ansible_facts=facts) == size


@pytest.mark.parametrize(("kept", "size"), [("2GB", 2 * 1024**3), ("512MB", 512 * 1024**2), ("much", 0)])
def test_what_it_keeps_is_known_in_bytes(kept: str, size: int) -> None:
    assert value("prometheus", "__prometheus_retention_bytes", prometheus_retention_size=kept) == size


def test_systemd_limits_what_it_takes() -> None:
    unit = rendered("prometheus", DROP_IN, prometheus_memory_max=320)

    assert {"MemoryMax=320M", "MemorySwapMax=0", "TasksMax=256", "CPUWeight=50", "IOWeight=50"} <= set(
        unit.splitlines()
    )
    assert "--storage.tsdb.retention.time=30d" in unit
    assert "--storage.tsdb.retention.size=2GB" in unit
