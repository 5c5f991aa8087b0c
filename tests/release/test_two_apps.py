"""A second application beside the first, brought by what docs/bring-your-own-app.md says and by nothing else."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.figures import Figures
from tests.load.config import LoadConfig
from tests.load.open_loop import OpenLoop
from tests.load.requests import Contains, JsonHas, Request
from tests.load.table import table
from tests.local_host import LocalHost
from tests.release.page import Page
from tests.turns import share
from tools.up import ROOT

pytestmark = [pytest.mark.timeout(2400), share(5)]

NAME = "guestbook.test"
VERSION = "X-Guestbook-Version"
STYLE = ROOT / "tests" / "apps" / "guestbook" / "static" / "guestbook-1.css"
RATE = 40  # requests a second on each application
SHORT = "app_step_seconds: 0\napp_bake_seconds: 5\n"  # or each of the page's releases would watch for six minutes


@dataclass(frozen=True)
class Answer:
    """What the site answered."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


class Named(http.client.HTTPSConnection):
    """Connects to the host's address, whatever the name that it asks for."""

    def __init__(self, address: str, name: str, trusted: Path) -> None:
        """Trust one certificate alone."""
        self.trust = ssl.create_default_context(cafile=str(trusted))
        super().__init__(name, timeout=10, context=self.trust)
        self.address = address

    def connect(self) -> None:
        """Open the connection."""
        self.sock = self.trust.wrap_socket(socket.create_connection((self.address, 443), 10), server_hostname=self.host)


def ask(up: LocalHost, path: str, name: str = NAME) -> Answer:
    """GET a path of the site of this name."""
    connection = Named(up.address, name, up.certificate)
    try:
        connection.request("GET", path)
        reply = connection.getresponse()
        return Answer(reply.status, reply.headers, reply.read())
    finally:
        connection.close()


def marks(up: LocalHost, app: str) -> str:
    """Return what changes as soon as somebody touches an application: its processes, its lanes, its slots' links."""
    return up.run(
        f"systemctl show --property InvocationID '{app}-web@*.service' '{app}-worker@*.service'\n"
        f"stat --format '%n %i %Y' /srv/{app}/lanes/*.sock /srv/{app}/slots/*\n"
        f"cat /var/lib/slipway/{app}/ledger.jsonl\n"
    )


def with_both(up: LocalHost, page: Page) -> LocalHost:
    """Return the host as the environment with both applications has it."""
    return replace(up, inventory=page.copy / "inventories" / "local")


@pytest.fixture(scope="module")
def page(up: LocalHost, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """Return the page, done up to its first release; at the end it's taken away as the page says."""
    page = Page("docs/bring-your-own-app.md", tmp_path_factory.mktemp("checkout"), up.state)
    page.copy_checkout()
    assert page.lay_down_files() == [Path("inventories/local/group_vars/all/guestbook.yml")]
    (page.copy / "inventories/local/group_vars/all/short.yml").write_text(SHORT, encoding="utf-8")
    page.run(0)
    yield page
    alone = up.play("site.yml")
    assert alone.code == 0, alone.output[-6000:]
    up.run("set -e\n" + page.blocks("bash")[0])


@pytest.fixture
def load(up: LocalHost) -> Callable[[str], OpenLoop]:
    """Return a function that makes a load on one of the applications."""
    mailroom = (Request("GET", "/health/ready", check=JsonHas({"release": ...})),)
    guestbook = (
        Request("GET", "/healthz", check=JsonHas({"version": ...}), weight=4),
        Request("GET", "/", check=Contains(b"<h1>Guest book</h1>"), weight=4),
        Request(
            "POST",
            "/entries",
            body=json.dumps({"name": "load", "text": "{request_id}"}).encode(),
            headers=(("Content-Type", "application/json"),),
            expect=frozenset({201}),
        ),
    )

    def make(app: str) -> OpenLoop:
        name, requests = (NAME, guestbook) if app == "guestbook" else ("mailroom.test", mailroom)
        return OpenLoop(
            LoadConfig(
                url=f"https://{name}",
                address=up.address,
                ca=up.certificate,
                rate=RATE,
                seconds=900,
                connections=16,
                requests=requests,
            )
        )

    return make


def test_the_second_application_is_live_by_what_the_page_says(up: LocalHost, page: Page) -> None:
    answer = ask(up, "/")
    assert (answer.status, answer.headers[VERSION]) == (200, "1.0.0")
    assert b"<h1>Guest book</h1>" in answer.body
    assert page.copy != ROOT


@pytest.mark.usefixtures("page")
def test_each_answers_under_its_own_name_and_the_first_by_address_too(up: LocalHost) -> None:
    found = up.slots()
    live = found["slots"][found["live"]]["release"]
    assert json.loads(ask(up, "/healthz").body) == {"status": "ok", "version": "1.0.0"}
    assert json.loads(ask(up, "/health/ready", "mailroom.test").body)["release"] == live
    assert up.client().ask("/health/ready").release == live
    assert ask(up, "/healthz", "mailroom.test").status == 404


@pytest.mark.usefixtures("page")
def test_each_has_user_folders_units_and_lanes_of_its_own(up: LocalHost) -> None:
    live = {app: up.module("slots_info", app=app)["live"] for app in ("mailroom", "guestbook")}
    users = {app: up.run(f"systemctl show --property User --value {app}-web@{live[app]}").strip() for app in live}
    assert users == {"mailroom": "mailroom", "guestbook": "guestbook"}
    for app, slot in live.items():
        assert set(up.run(f"readlink /srv/{app}/lanes/*.sock").split()) == {f"/run/{app}/{slot}.sock"}
        assert up.run(f"stat --format %U:%G:%a /etc/{app}/slots/{slot}").strip() == "root:root:700"
    assert "guestbook-worker" not in up.run("systemctl list-unit-files --no-legend 'guestbook-*'")


@pytest.mark.usefixtures("page")
def test_neither_can_read_the_secrets_or_the_database_of_the_other(up: LocalHost) -> None:
    refused = up.run(
        "runuser -u guestbook -- ls /etc/mailroom/slots/blue 2>&1 || true\n"
        "runuser -u mailroom -- ls /etc/guestbook/slots/blue 2>&1 || true\n"
    )
    assert refused.count("Permission denied") == 2
    password = (up.state / "secrets" / "guestbook_service").read_text(encoding="utf-8").strip()
    entered = up.run(
        f"PGPASSWORD={password} psql -h 127.0.0.1 -U guestbook -d mailroom -c 'SELECT 1' 2>&1 || true\n"
        f"PGPASSWORD={password} psql -h 127.0.0.1 -U guestbook -d guestbook -tAc 'SELECT 42'\n"
    )
    assert "no pg_hba.conf entry" in entered
    assert entered.strip().endswith("42")


@pytest.mark.usefixtures("page")
def test_static_files_are_served_by_nginx_without_asking_the_service(up: LocalHost) -> None:
    served = ask(up, f"/static/{STYLE.name}")
    assert (served.status, served.body) == (200, STYLE.read_bytes())
    assert served.headers.get_content_type() == "text/css"
    assert VERSION not in served.headers
    assert ask(up, "/static/none.css").headers[VERSION] == "1.0.0", "what no release has is the service's to refuse"


def test_releasing_and_rolling_back_the_second_leaves_the_first_untouched(
    up: LocalHost, page: Page, load: Callable[[str], OpenLoop], figures: Figures
) -> None:
    before = marks(up, "mailroom")
    with load("mailroom") as first, load("guestbook") as second:
        page.run(1)
        reports = {"mailroom": first.report(), "guestbook": second.report()}
    for app, report in reports.items():
        assert report.clean, f"{app}\n{table(report)}"
        figures.say(
            f"{app}, while guestbook is released and rolled back: failed of sent",
            f"{report.total.failed} of {report.total.sent}",
            "0",
        )
    assert marks(up, "mailroom") == before
    assert ask(up, "/").headers[VERSION] == "1.0.0"


def test_releasing_the_first_leaves_the_second_untouched(
    up: LocalHost, page: Page, versions: tuple[str, str], artifacts: Path, load: Callable[[str], OpenLoop]
) -> None:
    before = marks(up, "guestbook")
    with load("guestbook") as running:
        released = with_both(up, page).release(versions[0], artifacts)
        report = running.report()
    assert released.code == 0, released.output[-6000:]
    assert report.clean, table(report)
    assert marks(up, "guestbook") == before


def test_an_application_that_nobody_described_is_refused_by_name(up: LocalHost, page: Page) -> None:
    refused = with_both(up, page).play("release.yml", "-e", "release_version=1.0.0", "-e", "app_name=guestbok")
    assert refused.code != 0
    assert refused.changed == 0
    assert "app_name is guestbok; it must be one of app_applications, which are mailroom, guestbook" in " ".join(
        refused.output.split()
    )


def test_a_second_converge_of_both_changes_nothing(up: LocalHost, page: Page) -> None:
    again = with_both(up, page).play("site.yml")
    assert (again.code, again.changed) == (0, 0), again.output[-6000:]
