"""The lab's simulated AWS in this process, for modules that speak with AWS."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import boto3  # type: ignore[import-untyped]
import botocore.session  # type: ignore[import-untyped]
import pytest
import urllib3

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCOUNT = "123456789012"  # moto's, for any access key
REGION = "eu-central-1"


@functools.cache
def _descriptions() -> Any:  # noqa: ANN401
    """Return the descriptions of AWS' services. Each client would read them anew, longer than all that it does here."""
    loader = botocore.session.create_loader()
    loader.load_data_with_path = functools.cache(loader.load_data_with_path)
    return loader


@pytest.fixture(scope="session")
def aws_server() -> Iterator[str]:
    """The address of the simulated AWS. It loads in a second or two."""
    from moto.server import ThreadedMotoServer  # noqa: PLC0415 - most tests need no moto

    from tests.lab.aws_calls import teach  # noqa: PLC0415

    teach()
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


class SimulatedAws:
    """An AWS in which there is nothing yet."""

    def __init__(self, url: str) -> None:
        """Empty the one at this address."""
        self.url = url
        urllib3.PoolManager().request("POST", f"{url}/moto-api/reset")

    def ask(self, service: str, call: str, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401
        """Make a call, past the module."""
        answer: dict[str, Any] = getattr(boto3.session.Session().client(service), call)(**parameters)
        del answer["ResponseMetadata"]
        return answer


@pytest.fixture
def aws(aws_server: str, monkeypatch: pytest.MonkeyPatch) -> SimulatedAws:
    """An empty AWS, to which the environment points."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CA_BUNDLE", "AWS_URL", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    variables = {
        "AWS_ENDPOINT_URL": aws_server,
        "AWS_ACCESS_KEY_ID": "AKIATEST",
        "AWS_SECRET_ACCESS_KEY": "no-secret-at-all",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    descriptions = _descriptions()
    monkeypatch.setattr(botocore.session, "create_loader", lambda *_: descriptions)
    return SimulatedAws(aws_server)
