"""Faults of those who watch: Prometheus and Alertmanager."""

from __future__ import annotations

from tests.faults.cutting import MENDED, cut
from tests.faults.fault import STOP, Fault, in_background
from tests.faults.host import TEXTFILES
from tools.up import addresses

RECEIVER = addresses()[2]
RELOAD = "systemctl reload {} || true"
RULES = "/etc/prometheus/fault.yml"
HEAD = "/var/lib/prometheus/metrics2/wal /var/lib/prometheus/metrics2/chunks_head"
# Two sides of which neither has a partner of its own on the other.
AMBIGUOUS = """
groups:
  - name: fault
    rules:
      - record: fault
        expr: node_cpu_seconds_total * on (instance) node_cpu_seconds_total
"""


def corrupted(file: str, unit: str) -> tuple[str, str]:
    """Return the scripts that add a line to a configuration which can't be read, and that take it away."""
    reload = RELOAD.format(unit)
    return f"cp -p {file} /run/whole.yml && echo '}}' >> {file} && {reload}", f"cat /run/whole.yml > {file} && {reload}"


ALERTMANAGER = corrupted("/etc/prometheus/alertmanager.yml", "prometheus-alertmanager")
CONFIGURATION = "/etc/prometheus/prometheus.yml"
PROMETHEUS = corrupted(CONFIGURATION, "prometheus")
# Grafana's packages can't be had in every lab, and what is looked at is its unit: this one stands in for it.
GRAFANA = "/run/systemd/system/grafana-server.service"

FAULTS = (
    Fault(
        alert="AlertmanagerConfigReloadFailed",
        what="Alertmanager's configuration is broken by hand",
        make=ALERTMANAGER[0],
        mend=ALERTMANAGER[1],
    ),
    Fault(
        alert="PrometheusConfigReloadFailed",
        what="Prometheus' configuration is broken by hand",
        make=PROMETHEUS[0],
        mend=PROMETHEUS[1],
    ),
    Fault(
        alert="SeriesMany",
        what="a program gives every client a series of its own",
        make=f'for n in $(seq 16000); do echo "fault_clients{{client=\\"$n\\"}} 1"; done > {TEXTFILES}/fault.prom',
        # Series that are gone are counted until Prometheus writes its next block, within three hours; so they are
        # thrown away, with all that it has not written yet.
        mend=f"rm {TEXTFILES}/fault.prom && systemctl stop prometheus && rm -r {HEAD} && systemctl start prometheus",
        # It begins anew with nothing.
        beside=frozenset({"PrometheusNotIngesting"}),
        limit=480,
    ),
    Fault(
        alert="PrometheusRuleFailures",
        what="a rule is added by hand that can't be evaluated",
        make=f"""
cat > {RULES} <<'END'
{AMBIGUOUS}END
cp -p {CONFIGURATION} /run/whole.yml && sed -i 's|^rule_files:|&\\n  - {RULES}|' {CONFIGURATION}
{RELOAD.format("prometheus")}""",
        mend=f"{PROMETHEUS[1]}; rm {RULES}",
    ),
    Fault(
        alert="PrometheusNotificationsFailing",
        what="Alertmanager goes away for 15 seconds of every 45",
        make=in_background(
            "for n in $(seq 12); do systemctl stop prometheus-alertmanager; sleep 15;"
            " systemctl start prometheus-alertmanager; sleep 30; done"
        ),
        mend=f"{STOP}; systemctl start prometheus-alertmanager",
        beside=frozenset({"AlertmanagerMissing"}),
        limit=480,
    ),
    Fault(
        alert="AlertmanagerNotificationsFailing",
        what="the webhook's receiver could not be reached for a minute, while something was to be told",
        make=f"echo 'this is no metric' > {TEXTFILES}/fault.prom\n"
        + in_background(f"{cut(RECEIVER, 4567, 'drop')}\nsleep 75\n{MENDED}"),
        mend=f"{STOP}; {MENDED}; rm {TEXTFILES}/fault.prom",
    ),
    Fault(
        alert="PrometheusNotIngesting",
        what="Prometheus' configuration is read anew, and names no target",
        make=f"cp -p {CONFIGURATION} /run/whole.yml && sed -i '/^scrape_configs:/,$d' {CONFIGURATION}"
        f" && echo 'scrape_configs: []' >> {CONFIGURATION} && {RELOAD.format('prometheus')}",
        mend=PROMETHEUS[1],
    ),
    Fault(
        alert="GrafanaDown",
        what="the unit grafana-server, which stands in for Grafana's, fails",
        make=f"test ! -e /usr/sbin/grafana && printf '[Service]\\nExecStart=false\\n' > {GRAFANA}"
        " && systemctl daemon-reload && (systemctl start grafana-server || true)",
        mend=f"rm {GRAFANA}; systemctl stop grafana-server; systemctl daemon-reload; systemctl reset-failed || true",
    ),
)
