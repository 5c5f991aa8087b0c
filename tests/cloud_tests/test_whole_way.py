"""From an empty account to mail that is sent, more hosts and fewer, another host in one's place, and nothing again.

The inventory and the playbooks of production, unchanged, in the order in which a team would run them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cloud import Cloud
from tests.cloud_tests.account import left
from tests.cloud_tests.requests import doubts, recorded
from tests.direct import run_module, run_script
from tests.figures import Figures
from tests.lab.host import Host
from tests.lab.naming import Lab
from tests.load.report import LoadReport
from tests.load.table import table
from tests.release.mix import load_on, reads, writes
from tests.turns import share
from tools.site import deliver

pytestmark = pytest.mark.timeout(2400)

RATE = 40  # requests a second, while hosts boot and are converged beside it
PATIENCE = 30  # seconds


@contextmanager
def under_load(cloud: Cloud) -> Iterator[list[LoadReport]]:
    """Have clients read and write through the edge's public address; what they saw is known after the block."""
    seen: list[LoadReport] = []
    with load_on(cloud.url, cloud.certificate, (reads(), writes(cloud.key)), 2400, rate=RATE, timeout=PATIENCE) as load:
        time.sleep(2)
        yield seen
        time.sleep(2)
        seen.append(load.report())


def lost(report: LoadReport) -> str:
    """Return the failures of all that was sent, and the slowest answer."""
    return f"{report.total.failed} of {report.total.due} (slowest {report.total.slowest_ms:.0f} ms)"


def live(cloud: Cloud, host: str) -> str | None:
    """Return the version that a host serves."""
    found = run_module(Host(Lab(cloud.lab), host), "slots_info", app="mailroom")
    return str(found["slots"][found["live"]]["release"]) if found["live"] else None


def served(cloud: Cloud, host: str) -> int:
    """Return how many clients' requests a host's nginx has logged since it was asked last."""
    script = "wc -l < /var/log/nginx/access.log"
    return int(run_script(Host(Lab(cloud.lab), host), script))


def test_hosts_run_at_the_addresses_that_the_api_tells(converged: Cloud) -> None:
    for name, instance in converged.instances().items():
        found = run_script(Host(Lab(converged.lab), name), "hostname; ip -4 -o address show scope global")

        assert name in found.splitlines()[0]
        assert instance["PrivateIpAddress"] in found


def test_a_mail_is_sent_through_the_edge(released: Cloud) -> None:
    received = deliver(released.client(), released.outside(), "from an empty account", "cloud@example.org")

    assert received["subject"] == "from an empty account"


def test_provisioned_and_converged_again_nothing_changes(released: Cloud) -> None:
    for playbook in ("provision.yml", "site.yml"):
        again = released.worked(playbook)

        assert again.changed == 0, again.changes


@share(1)
def test_more_app_hosts_and_fewer_lose_no_request(released: Cloud, artifacts: Path, figures: Figures) -> None:
    hosts = released.settings["cloud_hosts"]
    before = released.of_group("app")
    new = f"production-app-{len(before) + 1}"
    with under_load(released) as seen:
        hosts["app"]["count"] += 1
        released.worked("provision.yml")
        released.worked("site.yml", *released.artifacts(artifacts))
        assert {live(released, host) for host in released.of_group("app")} == {live(released, before[0])}
        begun = served(released, new)
        time.sleep(5)
        assert served(released, new) > begun, "the new host gets no requests"

        hosts["app"]["count"] -= 1
        released.worked("provision.yml")
        assert released.of_group("app") == before
        released.worked("site.yml")

    [report] = seen
    figures.say("app hosts from 2 to 3 and back, in EC2: failed of sent", lost(report), "0")
    assert report.total.failed == 0, table(report)


@share(2)
def test_an_app_host_is_made_anew_without_losing_a_request(released: Cloud, artifacts: Path, figures: Figures) -> None:
    host = released.of_group("app")[0]
    old = released.instances()[host]["InstanceId"]
    version = live(released, host)
    with under_load(released) as seen:
        released.worked("provision.yml", "-e", f"cloud_replace={host}")
        released.worked("site.yml", *released.artifacts(artifacts))

    [report] = seen
    figures.say("an app host made anew, in EC2: failed of sent", lost(report), "0")
    assert report.total.failed == 0, table(report)
    assert released.instances()[host]["InstanceId"] != old
    assert live(released, host) == version


@pytest.mark.parametrize(
    ("host", "why"),
    [
        ("production-db-1", "production-db-1 is to be made anew, and is in db. Only hosts that are in app alone"),
        ("production-app-9", "HOST=production-app-9: there is no such host in production. There are production-app-1"),
    ],
)
def test_only_a_host_that_is_there_and_keeps_nothing_is_made_anew(released: Cloud, host: str, why: str) -> None:
    before = released.instances().keys()
    played = released.play("provision.yml", "-e", f"cloud_replace={host}")

    assert played.code != 0
    assert why in " ".join(played.output.split())
    assert released.instances().keys() == before


def test_a_teardown_asks_for_the_name_first(released: Cloud) -> None:
    before = released.instances().keys()
    played = released.play("teardown.yml", "-e", "teardown_confirm=staging")

    assert played.code != 0
    assert '"staging" isn\'t production: nothing was taken away.' in " ".join(played.output.split())
    assert released.instances().keys() == before


def test_a_teardown_leaves_the_backups_and_nothing_else(released: Cloud) -> None:
    backups = [bucket["Name"] for bucket in released.api("s3").list_buckets()["Buckets"] if "backups" in bucket["Name"]]
    released.api("s3").put_object(Bucket=backups[0], Key="postgresql/a-backup", Body=b"all of it")
    released.worked("teardown.yml", "-e", "teardown_confirm=production")

    assert released.instances() == {}
    assert left(released) == {"buckets": backups}
    assert [one["Key"] for one in released.api("s3").list_objects_v2(Bucket=backups[0])["Contents"]] == [
        "postgresql/a-backup"
    ]


def test_aws_would_take_every_request_that_was_made_on_the_way(released: Cloud, figures: Figures) -> None:
    requests = recorded(released.requests)
    figures.say("different requests to AWS on the whole way, checked by its own descriptions", str(len(requests)), "")

    assert [doubt for request in requests for doubt in doubts(request)] == []
    assert {"ec2", "iam", "s3", "ssm", "sesv2", "sns", "route53", "budgets"} <= {service for service, _, _ in requests}
