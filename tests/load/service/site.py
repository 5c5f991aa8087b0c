"""The lab host that is measured: converged, with a release that has the bare handler beside Mailroom, and messages."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

from tests.load.errors import LoadError
from tests.load.service.crowd import Crowd
from tests.local_host import LocalHost
from tests.playing import Played
from tools.build import build
from tools.up import ROOT

BARE = ROOT / "app" / "tests" / "benchmarks" / "bare.py"
VERSION = "1.0.0+measured"
BATCH = 500
GROUPS = Path("/sys/fs/cgroup")
SCOPES = "messages:read,messages:send,statistics:read"


@dataclass(frozen=True)
class Site:
    """The host, and the crowd that comes to it."""

    host: LocalHost
    crowd: Crowd

    def cpu_seconds(self) -> float:
        """Return what the live slot's web service has used of the host's cores so far, in its processes of now."""
        times = [process.cpu_times() for process in self.processes()]
        return float(sum(one.user + one.system for one in times))

    def memory_bytes(self) -> int:
        """Return what it takes now; what its processes share counts once (PSS)."""
        return int(sum(process.memory_full_info().pss for process in self.processes()))

    def processes(self) -> list[psutil.Process]:
        """Return its processes as this machine has them; the first, gunicorn's own, only minds the others."""
        unit = f"mailroom-web@{self.host.slots()['live']}.service"
        group = self.host.run(f"systemctl show -P ControlGroup {unit}").strip()
        found = [path for path in GROUPS.rglob("cgroup.procs") if str(path.parent).endswith(group)]
        if not found:
            raise LoadError(f"No control group of this machine ends with {group}.")
        return [psutil.Process(int(line)) for line in sorted(found[0].read_text(encoding="ascii").split(), key=int)]


def prepared(host: LocalHost, folder: Path, messages: int) -> Site:
    """Boot and converge the host, release to it, and have it accept so many messages. Raises LoadError."""
    folder.mkdir(exist_ok=True)
    host.boot()
    _well(host.play("site.yml"))
    _well(host.release(_built(folder), folder))
    later = (datetime.now(UTC) + timedelta(days=29)).isoformat(timespec="seconds")
    about = folder / "about.json"
    key = folder / "key"
    key.touch(mode=0o600)
    key.write_text(_made_key(host), encoding="utf-8")
    ids = [one for batch in range(messages // BATCH) for one in _accepted(host, batch, later)]
    about.write_text(json.dumps({"ca": str(host.certificate), "key": str(key), "ids": ids, "later": later}))
    return Site(host, Crowd(host.url, about))


def _made_key(host: LocalHost) -> str:
    made = host.run(f"mailroom-run mailroom keys create load-{time.time_ns()} --scopes {SCOPES}")
    return str(json.loads(made)["key"])


def _built(folder: Path) -> str:
    with tempfile.TemporaryDirectory() as temporary:
        source = Path(temporary) / "app"
        ignored = shutil.ignore_patterns(".venv", "__pycache__", ".*_cache", "tests")
        shutil.copytree(ROOT / "app", source, ignore=ignored)
        package = source / "src" / "mailroom"
        shutil.copy(BARE, package / "bare.py")
        with (package / "wsgi.py").open("a", encoding="utf-8") as file:
            file.write("\nfrom mailroom.bare import serve_beside\n\nserve_beside(app)\n")
        build(source, VERSION, folder)
    return VERSION


def _accepted(host: LocalHost, batch: int, later: str) -> list[str]:
    mails = [
        {
            "to": f"reader{number}@example{batch % 20}.org",
            "subject": f"Number {batch}.{number}",
            "text": "Some text.",
            "tags": [f"tag{number % 10}"],
            "send_at": later,
        }
        for number in range(BATCH)
    ]
    answer = host.client().ask("/api/v1/batches", {"messages": mails})
    items = answer.body["results"] if isinstance(answer.body, dict) else []
    ids = [item["message"]["id"] for item in items if "message" in item]
    if len(ids) < BATCH:
        raise LoadError(f"Of a batch of {BATCH} messages {len(ids)} were accepted: {answer.status}.")
    return ids


def _well(played: Played) -> None:
    if played.code:
        raise LoadError(played.output[-4000:])
