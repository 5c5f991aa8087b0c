"""What exists on the hosts, worked out from the roles: units, files, ports, scrape jobs, metrics, programs."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable
from functools import cache

from tests.contract.promtool_cases import metrics_of, of_objectives, rules
from tests.contract.tree import ROOT, matching
from tools.role_specs import read_yaml

_ROLES = ("roles/*/tasks/**/*.yml", "roles/*/vars/*.yml", "roles/*/defaults/*.yml", "roles/*/templates/**/*.j2")
_SLOTS = ("blue", "green")
_UNIT = re.compile(r"(?:/etc/systemd/system/|(?<![\w@/$%\\-]))([a-z][\w-]*(?:@[\w-]*)?\.(?:service|socket|timer))\b")
_PATH = re.compile(r"(?<![\w}:./])/(?:etc|run|srv|usr|var)(?:/[\w.@+-]+)+")
# What no role lays down: the kernel's, Debian's own, and what installed packages leave.
_SYSTEMS_OWN = {"/boot", "/dev", "/dev/null", "/proc", "/srv", "/var", "/var/lib", "/"}
_PACKAGES_OWN = {
    "/run/reboot-required": "unattended-upgrades",
    "/run/reboot-required.pkgs": "unattended-upgrades",
    "/var/lib/postgresql/17/main/pg_wal": "postgresql-",
    "/var/log/postgresql/postgresql-17-main.log": "postgresql-",
}
_VARIABLES = {
    "app_name": "mailroom",
    "__nginx_served_dir": "/etc/nginx/served",
    "__postgresql_version": "17",
    "nginx_drained_file": "/etc/slipway/drained",
    "nginx_maintenance_dir": "/var/lib/slipway-edge",
    "nginx_places_dir": "/var/lib/slipway-places",
}
# Of exporters and of Prometheus itself, where no rule and no dashboard asks for them.
_MEASURED = {
    *("nginx_connections_active", "node_disk_io_time_seconds_total", "probe_duration_seconds"),
    *("probe_http_status_code", "prometheus_notifications_errors_total", "redis_connected_clients"),
    *("scrape_duration_seconds", "scrape_samples_scraped", "up"),
}
_EVERYWHERE = "awk cat cut df du free getent grep head journalctl ls mount ps readlink sed sh sort ss systemctl tail"
_EVERYWHERE += " systemd-cgtop timedatectl uname uniq uptime wc xargs"
# Program: what brings it, as it stands among the packages that the roles install.
_INSTALLED = {
    "amtool": "prometheus-alertmanager",
    "apt-get": "python3-apt",
    "certbot": "certbot",
    "curl": "curl",
    "nft": "nftables",
    "nginx": "nginx-light",
    "openssl": "ca-certificates",
    "promtool": "prometheus",
    "psql": "postgresql-",
    "python3": "python3",
    "redis-cli": "redis-server",
    "vacuumdb": "postgresql-",
}


def text_of(*patterns: str) -> str:
    """Return the text of files, with the names that stand for something on a host in their place."""
    raw = "\n".join((ROOT / path).read_text(encoding="utf-8") for path in matching(*patterns))
    for name, value in _VARIABLES.items():
        raw = re.sub(rf"\{{\{{ {name} \}}\}}", value, raw)
    # A sample in a comment is on no host.
    return re.sub(r"(?m)^\s*#.*\n", "", raw)


@cache
def units() -> frozenset[str]:
    """Names of units; of a unit of slots both."""
    text = text_of(*_ROLES)
    found = set(_UNIT.findall(text.replace("%i", "blue")))
    found |= {f"{name}.service" for name in re.findall(r"systemd_service:\n\s+name: ([a-z][\w-]*)\n", text)}
    found |= {f"{name}.service" for name in _exporters()}
    return frozenset(found | {name.replace("@.", f"@{slot}.") for name in found if "@." in name for slot in _SLOTS})


@cache
def files() -> frozenset[str]:
    """Files and folders, those above them too."""
    text = text_of(*_ROLES)
    text += "\n".join(f"\n/run/{name}" for name in re.findall(r"(?m)^RuntimeDirectory=(\S+)", text))
    found = {path for slot in _SLOTS for path in _PATH.findall(text.replace("%i", slot))}
    return frozenset(above for path in found for above in _up(path.rstrip(".")))


def has_unit(name: str) -> bool:
    """Tell whether a unit, or one that matches the pattern, is there."""
    return bool(fnmatch.filter(units(), name))


def has_file(path: str) -> bool:
    """Tell whether it is there; a name that a module writes into a folder of ours counts too."""
    if path in _SYSTEMS_OWN or path.startswith("/proc/"):
        return True
    if path in _PACKAGES_OWN:
        return _PACKAGES_OWN[path] in text_of("roles/*/tasks/install.yml", "roles/*/vars/main.yml")
    folder, _, name = path.rpartition("/")
    if path in files():
        return True
    if folder not in files():
        return False
    return "*" in name or f'"{name}"' in text_of("module_utils/*.py", "library/*.py")


@cache
def ports() -> frozenset[int]:
    """Ports on which something listens."""
    text = text_of(*_ROLES, "playbooks/group_vars/*.yml", "inventories/local/group_vars/**/*.yml")
    found = re.findall(r"(?:port: |port = |_port: |:|listen )(\d{2,5})\b", text)
    return frozenset(map(int, found))


@cache
def scrape_jobs() -> frozenset[str]:
    """Names of Prometheus' jobs."""
    wiring = text_of("playbooks/group_vars/monitoring.yml", "roles/prometheus/templates/etc/prometheus/*.j2")
    named = re.findall(r"'(\w+)': \[|'job': '(\w+)'|job_name: (\w+)", wiring)
    kinds = re.findall(r"'(web|worker)': app", wiring)
    return frozenset({name for names in named for name in names if name} | {f"mailroom-{kind}" for kind in kinds})


@cache
def metrics() -> frozenset[str]:
    """Names of series that rules or dashboards ask for, or that Mailroom or Slipway tell."""
    known = rules()
    asked = {name for rule in known.values() for name in metrics_of(rule["expr"], known)} | set(known)
    asked |= {rule["record"] for rule in of_objectives() if "record" in rule}
    told = re.findall(r'"((?:http|mailroom|slipway)_\w+)"', text_of("app/src/**/*.py", "module_utils/*.py", *_ROLES))
    shown = re.findall(r"\b[a-z]+_\w+\b", text_of("monitoring/dashboards/generated/*.json"))
    told += [f"mailroom_{kind}_{name}" for kind in ("db", "quota") for name in re.findall(r'"(\w+)": "', _gauges())]
    return frozenset({*asked, *told, *(f"{name}_total" for name in told), *shown, *_MEASURED})


def has_program(name: str) -> bool:
    """Tell whether a command is on a host: it's part of every system, a role installs it, or it's ours."""
    if name in _EVERYWHERE.split() or name == "make":
        return True
    if name in _INSTALLED:
        return bool(re.search(rf"\b{_INSTALLED[name]}", text_of("roles/*/tasks/install.yml", "roles/*/vars/main.yml")))
    return f"/usr/local/sbin/{name}" in files()


def identifiers() -> set[str]:
    """Names under which programs write to the journal."""
    found = re.findall(r"(?:SyslogIdentifier=|syslog_ident = )(\S+)", text_of(*_ROLES))
    return {name.replace("%i", slot) for name in found for slot in _SLOTS}


def redis_commands() -> set[str]:
    """What the exporter's user may ask Redis."""
    return {
        rule.removeprefix("+") for rule in read_yaml(ROOT / "roles/redis/vars/main.yml")["__redis_exporter_commands"]
    }


def mailroom_commands() -> set[str]:
    """Mailroom's own commands."""
    return set(re.findall(r'commands\.add_parser\("([\w-]+)"', text_of("app/src/mailroom/commands/*.py")))


def _exporters() -> Iterable[str]:
    return [str(name) for name in read_yaml(ROOT / "roles/exporters/vars/main.yml")["__exporters_names"].values()]


def _gauges() -> str:
    return text_of("app/src/mailroom/metrics.py", "app/src/mailroom/delivery/metrics.py")


def _up(path: str) -> Iterable[str]:
    parts = path.split("/")
    return ["/".join(parts[:end]) for end in range(2, len(parts) + 1)]
