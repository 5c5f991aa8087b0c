"""The lab host on which releases are compared, and the measurement of one way."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.lab import authority
from tests.lab.host import Host
from tests.load.compare import files, gunicorn
from tests.load.compare.errors import CompareError
from tests.load.compare.methods import Method
from tests.load.compare.options import Variant
from tests.load.compare.outcome import DURING, REST, Outcome, outcome
from tests.load.compare.remote import Remote
from tests.load.compare.scripts import APP, PRELUDE, SLOTS, TOOLS
from tests.load.compare.site import Site
from tests.load.config import LoadConfig
from tests.load.open_loop import OpenLoop
from tests.load.requests import JsonHas, Request

CONNECTIONS = 32
FRESH = 0.1
RELEASE_LIMIT = 60.0  # seconds for a release's script
ANSWER_LIMIT = 2.0  # seconds beyond the import for the new version to answer once the script has ended

INSTALL = f"""\
export DEBIAN_FRONTEND=noninteractive
apt-get update --quiet=2
apt-get install --quiet=2 --yes --no-install-recommends nginx-light
useradd --system --shell /usr/sbin/nologin {APP}
install -d -o {APP} -g www-data /run/{APP}
"""
# Every way begins with the same host: nothing of the way before runs or lies about.
RESET = f"""\
systemctl disable --quiet --now {APP}-web@blue.socket {APP}-web@green.socket \
  {APP}-web@blue.service {APP}-web@green.service
rm -rf /srv/{APP}/lanes /srv/{APP}/slots /run/{APP}/*.sock
mkdir -p /srv/{APP}/slots
systemctl daemon-reload
systemctl reset-failed
systemctl restart nginx
"""


class Bench:
    """One host with nginx and gunicorn, on which every way gets its turn."""

    def __init__(self, remote: Remote, site: Site, rate: float, rest: float) -> None:
        """rate: requests a second. rest: seconds of load before the first release."""
        self._remote, self._site = remote, site
        self._rate, self._rest = rate, rest

    def measure(self, variant: Variant, method: Method) -> Outcome:
        """Release as often as the variant wants, under load, and return what that cost."""
        rounds = min(variant.rounds, method.most)
        versions = [f"1.0.{number}" for number in range(rounds + 1)]
        self._remote.send(files.configuration(method, variant.import_seconds) | files.releases(versions))
        self._remote.run(RESET)
        self._run(method.start, versions[0], 0)
        if not self._site.answers_as(versions[0], ANSWER_LIMIT + variant.import_seconds):
            raise CompareError(f"{method.title}: the first release doesn't answer; run it with --ways {method.key}")
        with OpenLoop(self._load(rounds, variant)) as load:
            load.mark(REST)
            time.sleep(self._rest)
            load.mark(DURING)
            took = self._releases(variant, method, versions)
            return outcome(method.title, load.report(), took)

    def _releases(self, variant: Variant, method: Method, versions: list[str]) -> list[float | None]:
        """Release the versions after the first, as many as there is time for; return what each took."""
        until = time.monotonic() + variant.longest
        took: list[float | None] = []
        for number, version in enumerate(versions[1:], 1):
            took.append(self._release(variant, method, version, number))
            if time.monotonic() > until:
                break
        return took

    def _release(self, variant: Variant, method: Method, version: str, number: int) -> float | None:
        """Release once; return the seconds until the new version answered, None if it didn't."""
        began = time.monotonic()
        self._run(method.release, version, number)
        answered = self._site.answers_as(version, ANSWER_LIMIT + variant.import_seconds)
        took = time.monotonic() - began
        time.sleep(variant.pause)
        return took if answered else None

    def _run(self, script: str, version: str, number: int) -> None:
        new, old = SLOTS[number % 2], SLOTS[(number + 1) % 2]
        self._remote.run(f"{PRELUDE}VERSION={version} NEW={new} OLD={old}\n{script}", RELEASE_LIMIT)

    def _load(self, rounds: int, variant: Variant) -> LoadConfig:
        right = JsonHas({"release": ...})
        requests = (
            Request("GET", "/", check=right, echoes_id=True, weight=9),
            Request("POST", "/", body=b'{"id": "{request_id}"}', check=right, echoes_id=True),
        )
        longest = rounds * (RELEASE_LIMIT + ANSWER_LIMIT + variant.import_seconds + variant.pause) + self._rest + 60
        return LoadConfig(
            url=f"https://{self._site.address}",
            ca=self._site.ca,
            rate=self._rate,
            seconds=min(longest, 3600),
            requests=requests,
            connections=CONNECTIONS,
            fresh=FRESH,
        )


@contextmanager
def prepared(host: Host, folder: Path, rate: float, rest: float) -> Iterator[tuple[Bench, Remote]]:
    """Yield a host that has all that the ways need; `folder` gets the site's certificate."""
    address = host.spec().address
    folder.mkdir(parents=True, exist_ok=True)
    authority.issue(folder, [address])
    with Remote(host) as remote:
        remote.run(INSTALL, limit=180)
        certificate = {f"/etc/nginx/{name}": (folder / name).read_bytes() for name in ("server.crt", "server.key")}
        remote.send(files.tools() | certificate | gunicorn.unpacked(folder / "wheels", files.GUNICORN_HOME))
        remote.run(f"python3 -m compileall -q {TOOLS}")
        yield Bench(remote, Site(address, folder / "ca.crt"), rate, rest), remote
