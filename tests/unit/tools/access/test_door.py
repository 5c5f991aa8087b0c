"""The door for one machine: open while a command runs, and shut whatever becomes of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.unit.tools.access.conftest import TEAM, make_group
from tools.access.aws import AccessError, Client
from tools.access.door import FORM, MARK, open_door, own_address

RUNNER = "192.0.2.44"


def let_in(ec2: Client, name: str = "edge") -> dict[str, str]:
    """Who may come in by SSH, and why."""
    wanted = [{"Name": "group-name", "Values": [f"slipway-staging-{name}"]}]
    (group,) = ec2.describe_security_groups(Filters=wanted)["SecurityGroups"]
    ranges = [one for rule in group["IpPermissions"] if rule["FromPort"] == 22 for one in rule["IpRanges"]]
    return {one["CidrIp"]: one.get("Description", "") for one in ranges}


def leave(ec2: Client, address: str, opened: datetime) -> None:
    """Let an address in as a run of that time did which was killed."""
    wanted = [{"Name": "group-name", "Values": ["slipway-staging-edge"]}]
    (group,) = ec2.describe_security_groups(Filters=wanted)["SecurityGroups"]
    source = {"CidrIp": address, "Description": f"{MARK}{opened:{FORM}}"}
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [source]}
    ec2.authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[rule])


def test_the_machine_alone_is_let_in_beside_the_team_and_out_again(ec2: Client) -> None:
    with open_door(ec2, "staging", RUNNER):
        during = let_in(ec2)

    assert sorted(during) == [f"{RUNNER}/32", TEAM]
    assert during[f"{RUNNER}/32"].startswith("slipway-access 20")
    assert sorted(let_in(ec2)) == [TEAM]


def test_groups_without_addresses_stay_as_they_are(ec2: Client) -> None:
    with open_door(ec2, "staging", RUNNER):
        assert let_in(ec2, "all") == {}


def test_it_is_shut_though_the_command_fails(ec2: Client) -> None:
    with pytest.raises(SystemExit), open_door(ec2, "staging", RUNNER):
        raise SystemExit(130)

    assert sorted(let_in(ec2)) == [TEAM]


def test_what_a_killed_run_left_is_taken_away(ec2: Client) -> None:
    now = datetime.now(UTC)
    leave(ec2, "192.0.2.1/32", now - timedelta(hours=7))
    leave(ec2, "192.0.2.2/32", now - timedelta(hours=1))

    with open_door(ec2, "staging", RUNNER):
        pass

    assert sorted(let_in(ec2)) == ["192.0.2.2/32", TEAM]


def test_an_address_that_may_come_in_anyway_still_may_afterwards(ec2: Client) -> None:
    leave(ec2, f"{RUNNER}/32", datetime.now(UTC))

    with open_door(ec2, "staging", RUNNER):
        pass

    assert f"{RUNNER}/32" in let_in(ec2)


def test_a_door_that_somebody_shut_meanwhile_is_no_error(ec2: Client) -> None:
    with open_door(ec2, "staging", RUNNER):
        wanted = [{"Name": "group-name", "Values": ["slipway-staging-edge"]}]
        (group,) = ec2.describe_security_groups(Filters=wanted)["SecurityGroups"]
        rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": f"{RUNNER}/32"}]}
        ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[rule])

    assert sorted(let_in(ec2)) == [TEAM]


def test_an_environment_without_such_a_group_is_refused(ec2: Client) -> None:
    make_group(ec2, "edge", "production")

    with pytest.raises(AccessError) as refused, open_door(ec2, "production", RUNNER):
        pass

    assert str(refused.value) == (
        "no security group of production lets addresses in by SSH; `make provision ENV=production` makes one"
    )


@pytest.fixture(name="service")
def _service() -> Iterator[str]:
    """A service that tells an address, or nonsense, as its path says."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(self.path.removeprefix("/").encode() + b"\n")

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_the_machine_learns_its_address_from_outside(service: str) -> None:
    assert own_address(f"{service}/{RUNNER}") == RUNNER


def test_what_is_no_address_is_refused(service: str) -> None:
    with pytest.raises(AccessError, match="doesn't tell this machine's address: Expected 4 octets"):
        own_address(f"{service}/hello")
