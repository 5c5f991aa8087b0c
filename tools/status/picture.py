"""The whole picture of an environment, as text."""

from __future__ import annotations

from typing import Any

from module_utils.moments import utc
from tools.ask import Answers
from tools.paint import Paint
from tools.releases import merge, show_entries
from tools.status.figures import alerts_of, figures_of, show_alerts, show_figures
from tools.status.hosts import Host, live, show_host


def show(environment: str, answers: Answers, limit: int, paint: Paint, now: float) -> str:
    """Return the whole picture of an environment.

    Args:
        environment: its name.
        answers: what the hosts answered to playbooks/status.yml.
        limit: how many entries of the ledger are shown at most.
        paint: how text is shown.
        now: the moment, in seconds since the epoch.
    """
    told = answers.of("slots")
    apps = list(dict.fromkeys(str(one["item"]) for results in told.values() for one in results))
    lines = []
    for app in apps:
        hosts = {host: one for host, results in told.items() for one in results if one["item"] == app}
        lines.append(paint(f"{app} in {environment}, {utc(now)}", "bold"))
        lines += _application(hosts, limit, paint)
    lines += [paint(f"{host} could not be asked, {why}", "red") for host, why in sorted(answers.lost.items())]
    figures = figures_of(answers)
    if figures is not None:
        lines += show_figures(figures, apps, paint)
    alerts = alerts_of(answers)
    if alerts is not None:
        lines += show_alerts(alerts, paint)
    return "\n".join(lines)


def _application(hosts: dict[str, Host], limit: int, paint: Paint) -> list[str]:
    """Return what its hosts tell of an application, and its last releases."""
    lines: list[str] = []
    for host, one in hosts.items():
        lines += show_host(host, one, paint)
    serving = {live(one).partition(" in slot")[0] for one in hosts.values()}
    if len(serving) > 1:
        differing = "; ".join(f"{host}: {live(one)}" for host, one in hosts.items())
        lines.append(paint(f"The hosts differ: {differing}", "red"))
    entries: list[dict[str, Any]] = merge({host: one["entries"] for host, one in hosts.items()})[:limit]
    return [*lines, "", show_entries(entries, paint) or "Nothing is in the ledger yet.", ""]
