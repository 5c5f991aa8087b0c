"""The simulated world: what AWS' clients and Alertmanager find at the gateway."""

import json
import ssl
import subprocess
import sys
import urllib.request

import pytest

from tests.lab.process import Identity
from tests.lab_tests.conftest import Commands

_SEND = """
import boto3
v1, v2 = boto3.client("ses"), boto3.client("sesv2")
v1.send_email(
    Source="post@mailroom.test",
    Destination={"ToAddresses": ["one@example.org"]},
    Message={"Subject": {"Data": "first"}, "Body": {"Text": {"Data": "of v1"}}},
)
v2.send_email(
    FromEmailAddress="Mailroom <post@mailroom.test>",
    Destination={"ToAddresses": ["two@example.org"], "CcAddresses": ["three@example.org"]},
    Content={"Simple": {"Subject": {"Data": "second"}, "Body": {"Text": {"Data": "of v2"}}}},
)
raw = b"From: post@mailroom.test\\r\\nTo: four@example.org\\r\\nSubject: third\\r\\n\\r\\nraw"
v2.send_email(Content={"Raw": {"Data": raw}}, FromEmailAddress="post@mailroom.test",
              Destination={"ToAddresses": ["four@example.org"]})
"""
_STRANGER = """
import boto3
boto3.client("ses").send_email(
    Source="post@elsewhere.test",
    Destination={"ToAddresses": ["one@example.org"]},
    Message={"Subject": {"Data": "no"}, "Body": {"Text": {"Data": "no"}}},
)
"""
_STORE = """
import boto3
s3 = boto3.client("s3")
s3.create_bucket(Bucket="slipway-test", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
s3.put_object(Bucket="slipway-test", Key="large", Body=b"x" * 20_000_000)
print(s3.head_object(Bucket="slipway-test", Key="large")["ContentLength"])
"""


class _World:
    """A lab with the simulated AWS."""

    def __init__(self, commands: Commands) -> None:
        self.commands = commands

    def inside(self, *argv: str) -> tuple[int, str, str]:
        """Run a command in the lab's network, with the variables of `aws.env`."""
        lab = self.commands.lab
        script = f'set -a; . {lab.state}/aws.env; exec "$@"'
        words = ["nsenter", f"--net={lab.namespace}", "sh", "-euc", script, "sh", *argv]
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
        return done.returncode, done.stdout, done.stderr

    def get(self, path: str, port: int = 4566, *, method: str = "GET", data: str | None = None) -> object:
        """Ask the world over TLS, trusting the lab's authority only."""
        script = (
            "import json, ssl, sys, urllib.request as u; url, method, data, ca = sys.argv[1:]; "
            "context = ssl.create_default_context(cafile=ca); "
            "body = data.encode() or None; "
            "print(u.urlopen(u.Request(url, method=method, data=body), context=context).read().decode())"
        )
        url = f"https://192.168.56.1:{port}{path}"
        words = [sys.executable, "-c", script, url, method, data or "", str(self.commands.lab.state / "ca.crt")]
        code, said, error = self.inside(*words)
        assert code == 0, error
        answer: object = json.loads(said)
        return answer


@pytest.fixture(name="world", scope="module")
def _world(module_lab: Commands) -> _World:
    """Return a lab that simulates AWS, without hosts."""
    module_lab.up("--aws")
    return _World(module_lab)


def test_ses_shows_what_both_of_its_apis_accepted(world: _World) -> None:
    code, _, error = world.inside(sys.executable, "-c", _SEND)
    assert code == 0, error
    shown = world.get("/_slipway/ses/messages")
    assert isinstance(shown, list)
    assert [(mail["subject"], mail["to"], mail["body"]) for mail in shown] == [
        ("first", ["one@example.org"], "of v1"),
        ("second", ["two@example.org", "three@example.org"], "of v2"),
        ("third", ["four@example.org"], "raw"),
    ]
    assert all(mail["message_id"] and "post@mailroom.test" in mail["from"] for mail in shown)
    assert world.get("/_slipway/ses/messages?to=three%40example.org") == [shown[1]]
    assert world.get("/_slipway/ses/messages?to=nobody%40example.org") == []


def test_ses_refuses_a_sender_whose_domain_isnt_verified(world: _World) -> None:
    code, _, error = world.inside(sys.executable, "-c", _STRANGER)
    assert code != 0
    assert "not verified" in error


def test_s3_takes_a_large_object_through_tls(world: _World) -> None:
    assert world.inside(sys.executable, "-c", _STORE)[1].strip() == "20000000"


def test_the_sink_keeps_what_is_posted_until_it_is_told_to_forget(world: _World) -> None:
    world.get("/alerts", 4567, method="POST", data='{"status": "firing"}')
    assert world.get("/alerts", 4567) == [{"status": "firing"}]
    world.get("/alerts", 4567, method="DELETE")
    assert world.get("/alerts", 4567) == []


def test_up_again_leaves_the_world_and_its_mail_as_they_are(world: _World) -> None:
    before = json.loads((world.commands.lab.state / "world.json").read_text())
    world.commands.up("--aws")
    assert json.loads((world.commands.lab.state / "world.json").read_text()) == before


def test_the_keys_are_for_their_owner_only(world: _World) -> None:
    modes = {name: oct((world.commands.lab.state / name).stat().st_mode & 0o777) for name in ("ca.key", "server.key")}
    assert modes == {"ca.key": "0o600", "server.key": "0o600"}


def test_the_world_runs_without_a_lab_and_stops_when_told(lab: Commands) -> None:
    lab.must("aws", "--address", "127.0.0.1")
    context = ssl.create_default_context(cafile=str(lab.lab.state / "ca.crt"))
    with urllib.request.urlopen("https://127.0.0.1:4566/_slipway/ses/messages", context=context) as answer:
        assert answer.read() == b"[]"
    noted = Identity.load(json.loads((lab.lab.state / "world.json").read_text())["process"])
    lab.must("aws", "--stop")
    assert noted is not None
    assert not noted.alive()


def test_an_address_that_isnt_this_machines_is_refused_with_what_nginx_says(lab: Commands) -> None:
    done = lab("aws", "--address", "203.0.113.7")
    assert done.returncode == 2
    assert "bind() to 203.0.113.7:4566 failed" in done.stderr
