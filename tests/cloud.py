"""An environment in the simulated AWS, as the tests drive it: by the playbooks and the inventory of people, unchanged.

cloud.play("provision.yml"); cloud.play("site.yml")    as `make provision` and `make converge` do
cloud.release("2.0.1", artifacts)                      as `make release` does
cloud.api("ec2").describe_volumes()                    what AWS says of it
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]

from tests.lab import files
from tests.local_host import AT_ITS_LEISURE, DESPITE_ALERTS
from tests.playing import Played, Playing
from tools.site import Client
from tools.up import ROOT

PROGRAMS = Path(sys.executable).parent


@dataclass
class Cloud:
    """An environment and the account that it's in.

    Attributes:
        lab: the name of the lab that simulates AWS and keeps the machines.
        state: the folder of the environment's state.
        world: the folder of the lab's.
        environment: staging or production.
        settings: variables beside the inventory's.
    """

    lab: str
    state: Path
    world: Path
    environment: str = "production"
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def variables(self) -> dict[str, str]:
        """What turns AWS' clients to the simulated one: AWS_ENDPOINT_URL and the like."""
        pairs = (line.partition("=") for line in (self.world / "aws.env").read_text(encoding="utf-8").splitlines())
        return {name: value for name, _, value in pairs}

    @property
    def requests(self) -> Path:
        """The file in which each request to AWS that a play made is noted."""
        return self.state / "requests.jsonl"

    def start_play(self, playbook: str, *arguments: str, env: Mapping[str, str] | None = None) -> Playing:
        """Start a playbook; return it as it runs."""
        program = [*AT_ITS_LEISURE, str(PROGRAMS / "ansible-playbook"), "-i", f"inventories/{self.environment}"]
        file = self.state / "settings.json"
        files.write_json(file, self.settings, 0o600)  # not on the command line, which everybody sees
        told = ["-e", f"@{file}", *(DESPITE_ALERTS if playbook == "release.yml" else ())]
        known = {"SLIPWAY_STATE": str(self.state), "ANSIBLE_FORCE_COLOR": "0", "COLUMNS": "400"}
        noting = {"PYTHONPATH": str(ROOT / "tests/cloud_tests/recorder"), "SLIPWAY_REQUESTS": str(self.requests)}
        environment = {**os.environ, **self.variables, **known, **noting, **(env or {})}
        return Playing.start([*program, f"playbooks/{playbook}", *told, *arguments], environment, self.state / "logs")

    def play(self, playbook: str, *arguments: str) -> Played:
        """Run a playbook to its end."""
        return self.start_play(playbook, *arguments).wait()

    def worked(self, playbook: str, *arguments: str) -> Played:
        """Run a playbook, which must work."""
        played = self.play(playbook, *arguments)
        assert played.code == 0, played.output[-6000:]
        return played

    def release(self, version: str, artifacts: Path) -> Played:
        """Release a version from a folder of artifacts, which must work."""
        return self.worked("release.yml", "-e", f"release_version={version}", *self.artifacts(artifacts))

    @staticmethod
    def artifacts(folder: Path) -> tuple[str, str]:
        """Return the arguments by which a playbook takes artifacts from a folder."""
        return ("-e", f"app_artifacts_dir={folder}")

    def api(self, service: str, region: str = "eu-central-1") -> Any:  # noqa: ANN401 - boto3 makes its classes as it runs
        """Return a client of one of AWS' services."""
        known = self.variables
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=known["AWS_ENDPOINT_URL"],
            verify=known["AWS_CA_BUNDLE"],
            aws_access_key_id=known["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=known["AWS_SECRET_ACCESS_KEY"],
        )

    def instances(self) -> dict[str, dict[str, Any]]:
        """Return what EC2 says of the running instances, by name."""
        pages = self.api("ec2").get_paginator("describe_instances").paginate()
        found = [one for page in pages for group in page["Reservations"] for one in group["Instances"]]
        return {tags(one)["Name"]: one for one in found if one["State"]["Name"] == "running"}

    def of_group(self, group: str) -> list[str]:
        """Return the names of the running instances of a group, sorted."""
        return sorted(name for name, one in self.instances().items() if group in tags(one)["Groups"].split(","))

    def address(self, host: str) -> str:
        """Return the private address of a running instance."""
        return str(self.instances()[host]["PrivateIpAddress"])

    @property
    def edge(self) -> dict[str, Any]:
        """The instance that clients reach."""
        return self.instances()[self.of_group("edge")[0]]

    @property
    def url(self) -> str:
        """The site, as the world reaches it."""
        return f"https://{self.edge['PublicIpAddress']}"

    @property
    def certificate(self) -> Path:
        """The file of the site's certificate on the control node."""
        return self.state / "tls" / f"{tags(self.edge)['Name']}.crt"

    @property
    def key(self) -> str:
        """The API key. Never print it."""
        return str(self.settings["vault_mailroom_api_key"])

    def client(self) -> Client:
        """Return a client of the site that has the API key."""
        return Client(self.url, self.certificate, self.key)

    def outside(self) -> Client:
        """Return a client of the simulated AWS."""
        return Client(self.variables["AWS_ENDPOINT_URL"], self.world / "ca.crt")


def tags(thing: Mapping[str, Any]) -> dict[str, str]:
    """Return the tags of a thing of AWS by their keys."""
    return {tag["Key"]: tag["Value"] for tag in thing.get("Tags", thing.get("TagSet", []))}


@contextmanager
def machines(lab: str, log: Path) -> Iterator[None]:
    """Have a machine for each instance that the simulated EC2 has, as long as the block lasts."""
    with log.open("w", encoding="utf-8") as sink:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "tests.lab.ec2", lab], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink
        )
        try:
            yield
        finally:
            keeper.terminate()
            keeper.wait(60)
