"""What gunicorn's configuration tells Prometheus about a slot, run as Python in this process."""

from __future__ import annotations

import subprocess
import sys
import types
from typing import TYPE_CHECKING, Any

import pytest

from tests.templates.render import render

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MIB = 1024 * 1024


class Family:
    """A double of prometheus_client's gauge: the control node doesn't have the library."""

    def __init__(self, name: str, text: str, value: float) -> None:
        """Keep what is told."""
        self.name, self.text, self.value = name, text, value


class Arbiter:
    """gunicorn's master as the configuration sees it: workers by process id."""

    def __init__(self, *pids: int) -> None:
        """Take the workers."""
        self.WORKERS = dict.fromkeys(pids)


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in for prometheus_client."""
    doubles: dict[str, dict[str, Any]] = {
        "prometheus_client": {"CollectorRegistry": None, "start_http_server": None},
        "prometheus_client.core": {"GaugeMetricFamily": Family},
        "prometheus_client.multiprocess": {"MultiProcessCollector": None, "mark_process_dead": None},
    }
    for name, members in doubles.items():
        module = types.ModuleType(name)
        vars(module).update(**members)
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setenv("RUNTIME_DIRECTORY", "/run/mailroom-web-blue")


@pytest.fixture
def settings(library: None) -> dict[str, Any]:
    """Return the configuration's names."""
    del library
    return run()


def run(**more: Any) -> dict[str, Any]:  # noqa: ANN401
    """Run the configuration."""
    names: dict[str, Any] = {}
    exec(compile(render("app", "etc/app/gunicorn.conf.py", **more), "gunicorn.conf.py", "exec"), names)  # noqa: S102
    return names


def measured(collector: Any) -> dict[str, float]:  # noqa: ANN401
    return {family.name: family.value for family in collector.collect()}


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    """A process with some memory of its own."""
    holds = "held = bytearray(b'x' * 30_000_000); print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", holds], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        yield process
        process.communicate(b"\n")


def test_the_memory_of_a_slot_is_that_of_its_master_and_its_workers(
    settings: dict[str, Any], child: subprocess.Popen[bytes]
) -> None:
    alone = measured(settings["SlotMemory"](Arbiter()))["slipway_slot_memory_bytes"]
    both = measured(settings["SlotMemory"](Arbiter(child.pid)))["slipway_slot_memory_bytes"]

    assert alone > 5 * MIB
    assert 25 * MIB < both - alone < 100 * MIB


def test_a_worker_that_has_just_ended_counts_nothing(settings: dict[str, Any]) -> None:
    with subprocess.Popen(["true"]) as gone:
        gone.wait()

    assert settings["proportional_memory"](gone.pid) == 0


def test_memory_is_not_measured_at_every_read(settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    amounts = iter([7, 8, 9])
    collector = settings["SlotMemory"](Arbiter())
    monkeypatch.setitem(settings, "proportional_memory", lambda _: next(amounts))

    assert [measured(collector)["slipway_slot_memory_bytes"] for _ in range(3)] == [7, 7, 7]


@pytest.mark.parametrize(
    ("limit", "wanted"),
    [("400M", 400 * MIB), ("1G", 1024 * MIB), ("1048576", MIB), ("512K", MIB // 2), ("1.5M", 1.5 * MIB)],
)
def test_the_limit_is_read_as_systemd_reads_it(settings: dict[str, Any], limit: str, wanted: float) -> None:
    assert settings["limit_in_bytes"](limit) == wanted


def test_a_share_of_the_hosts_memory_and_no_limit_are_limits_too(settings: dict[str, Any]) -> None:
    whole = settings["limit_in_bytes"]("infinity")

    assert whole > 100 * MIB
    assert settings["limit_in_bytes"]("50%") == whole // 2


def test_the_limit_that_is_told_is_the_units(library: None) -> None:
    del library
    collector = run(app_memory_max="128M")["SlotMemory"](Arbiter())

    assert measured(collector)["slipway_slot_memory_limit_bytes"] == 128 * MIB


def test_the_files_of_metrics_are_counted_and_nothing_else(
    settings: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    collector = settings["MetricFiles"]()
    empty = measured(collector)
    for name in ("counter_7.db", "gauge_livesum_7.db", "notes"):
        (tmp_path / name).touch()

    assert (empty, measured(collector)) == ({"slipway_slot_metric_files": 0}, {"slipway_slot_metric_files": 2})


def test_a_service_without_metrics_needs_no_library_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNTIME_DIRECTORY", "/run/mailroom-web-blue")
    monkeypatch.setitem(sys.modules, "prometheus_client", None)

    assert "when_ready" not in run(app_metrics=False)
