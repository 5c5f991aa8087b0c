"""What Prometheus tells for the screen: alerts, hosts, error budgets, certificates, backups.

The figures come as one vector (playbooks/status.yml asks for it), whose label ``figure`` says what each sample is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from module_utils.moments import span
from tools.ask import Answers
from tools.paint import Paint

# From where on a number is yellow, and red. Alerts have their own, in monitoring/thresholds.yml.
BUDGET = (0.25, 0.0)  # part of 30 days' error budget that is left
CERTIFICATE = (21.0, 3.0)  # days
BACKUP = (26 * 3600.0, 50 * 3600.0)  # seconds: one daily backup is missing, or two


@dataclass(frozen=True)
class Sample:
    """One number, with its labels."""

    labels: Mapping[str, str]
    value: float


Figures = dict[str, list[Sample]]


def figures_of(answers: Answers) -> Figures | None:
    """Return the samples by figure, in the order of their labels; None where no Prometheus answered."""
    told = [one["json"] for results in answers.of("json").values() for one in results]
    vectors = [data["result"] for data in (json.get("data", {}) for json in told) if "result" in data]
    if not vectors:
        return None
    found: Figures = {}
    # Each of several monitoring hosts watches everything: the first that answers is enough.
    for sample in sorted(vectors[0], key=lambda one: str(sorted(one["metric"].items()))):
        labels = sample["metric"]
        found.setdefault(labels["figure"], []).append(Sample(labels, float(sample["value"][1])))
    return found


def alerts_of(answers: Answers) -> list[dict[str, Any]] | None:
    """Return the alerts that each monitoring host tells of, each once; None where none answered."""
    told = [one["json"].get("data", {}) for results in answers.of("json").values() for one in results]
    lists = [data["alerts"] for data in told if "alerts" in data]
    if not lists:
        return None
    return list(
        {(alert["state"], str(sorted(alert["labels"].items()))): alert for one in lists for alert in one}.values()
    )


def show_alerts(alerts: Sequence[Mapping[str, Any]], paint: Paint) -> list[str]:
    """Return the alerts that are firing, but those that only inform."""
    firing = [alert for alert in alerts if alert["state"] == "firing" and alert["labels"].get("severity") != "info"]
    if not firing:
        return [paint("No alert is firing.", "green")]
    return [
        f"{paint.word(alert['labels'].get('severity', 'alert'))}: {alert['labels']['alertname']}"
        f" ({alert['labels'].get('instance', 'everywhere')}): {alert.get('annotations', {}).get('summary', '')}"
        for alert in sorted(firing, key=lambda alert: str(alert["labels"]))
    ]


def show_figures(figures: Figures, apps: Iterable[str], paint: Paint) -> list[str]:
    """Return a line for each figure; what nobody measures is said, not left out."""
    wanted = set(apps)
    budgets = [one for one in figures.get("budget", []) if not wanted or one.labels.get("app") in wanted]
    rows = {
        "Hosts": [_host(one, paint) for one in figures.get("host", [])] or ["none is watched"],
        "Budget left": [_budget(one, paint) for one in budgets] or ["no objective is measured"],
        "Certificate": [_certificate(one, paint) for one in figures.get("certificate", [])] or ["none is probed"],
        "Last backup": [_backup(one, paint) for one in figures.get("backup", [])]
        or [paint("none is expected", "yellow")],
    }
    return [f"{name + ':':<13}{', '.join(cells)}" for name, cells in rows.items()]


def _shade(value: float, limits: tuple[float, float]) -> str:
    """Return the colour of a number: the limits are where yellow and red begin, upwards or downwards."""
    yellow, red = limits
    sign = 1 if red > yellow else -1
    if math.isnan(value) or value * sign >= red * sign:
        return "red"
    return "yellow" if value * sign >= yellow * sign else "green"


def _host(sample: Sample, paint: Paint) -> str:
    name = sample.labels.get("instance", "?")
    return f"{name} {paint('up', 'green') if sample.value == 1 else paint('down', 'red')}"


def _budget(sample: Sample, paint: Paint) -> str:
    text = "unknown" if math.isnan(sample.value) else f"{math.floor(sample.value * 100 + 1e-9)} %"
    return f"{sample.labels.get('slo', '?')} {paint(text, _shade(sample.value, BUDGET))}"


def _certificate(sample: Sample, paint: Paint) -> str:
    days = math.floor(sample.value)
    text = f"{days} {'day' if days == 1 else 'days'}" if days >= 0 else "expired"
    return f"{sample.labels.get('instance', '?')} {paint(text, _shade(sample.value, CERTIFICATE))}"


def _backup(sample: Sample, paint: Paint) -> str:
    name = f"{sample.labels.get('instance', '?')} {sample.labels.get('backup', '?')}"
    text = f"{span(sample.value)} ago" if math.isfinite(sample.value) else "never"
    return f"{name} {paint(text, _shade(sample.value, BACKUP))}"
