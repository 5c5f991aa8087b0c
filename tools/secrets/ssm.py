"""Secrets as SecureString parameters in AWS' Parameter Store, and the inventory file that reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import (  # type: ignore[import-untyped]
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    ParamValidationError,
)

from tools.secrets.errors import SecretsError
from tools.secrets.files import replace

_FILE = """---
# Written by `make secrets ENV={environment}`. Every parameter below the path is a variable, read once in a run.
plugin: slipway_ssm
path: {path}
region: {region}
"""
# Parameter Store takes 3 writes in a second.
_PATIENT = Config(retries={"mode": "standard", "max_attempts": 10}, connect_timeout=5, read_timeout=20)
_LONGEST = 4096  # bytes, of a standard parameter
_LOG_IN = "log in to AWS: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
# Their messages tell who may not do what, and hold no value.
_TOLD = ("AccessDeniedException", "AccessDenied", "UnauthorizedOperation")
_NOT_KNOWN = (
    "UnrecognizedClientException",
    "InvalidSignatureException",
    "ExpiredTokenException",
    "InvalidClientTokenId",
)


class SsmStore:
    """The parameters of an environment: /slipway/ENV/NAME.

    Attributes:
        place: where they are, in words.
    """

    def __init__(self, root: Path, where: tuple[str, str], tell: Callable[[str], None]) -> None:
        """Name the parameters; AWS isn't asked yet.

        Args:
            root: the checkout.
            where: the environment and the region.
            tell: takes what a person must be told.
        """
        environment, region = where
        self.place = f"SSM /slipway/{environment} in {region}"
        self._tell = tell
        self._path = f"/slipway/{environment}"
        self._name = f"inventories/{environment}/ssm.yml"
        self._file = root / self._name
        self._text = _FILE.format(environment=environment, path=self._path, region=region)
        with _said(self.place):
            self._client = boto3.client("ssm", region_name=region, config=_PATIENT)

    def names(self) -> set[str]:
        """Return the parameters' names, without reading a value. Raises SecretsError where AWS doesn't answer."""
        return {name for name, _ in self._found(decrypt=False)}

    def values(self) -> dict[str, str]:
        """Return the values by name. Raises SecretsError where AWS doesn't answer."""
        return dict(self._found(decrypt=True))

    def add(self, made: Mapping[str, str], purposes: Mapping[str, str]) -> None:
        """Create parameters that aren't there; one that is stays as it is.

        Args:
            made: values by name.
            purposes: their descriptions by name.
        """
        done: list[str] = []
        try:
            for name, value in made.items():
                try:
                    self._put(name, value, purposes.get(name, ""), over=False)
                except self._client.exceptions.ParameterAlreadyExists:
                    self._tell(f"{name} was made by somebody else at the same time, and theirs stays.")
                done.append(name)
        except SecretsError as error:
            made_before = f" Made before that: {', '.join(done)}; run it again." if done else ""
            raise SecretsError(f"{error}{made_before}") from None
        self._announce()

    def change(self, name: str, edit: Callable[[str | None], str]) -> None:
        """Set a parameter to what `edit` makes of its value, None where there is none."""
        value, version = self._read(name)
        wanted = edit(value)
        now = self._put(name, wanted, "", over=version > 0)
        if now != version + 1:
            raise SecretsError(
                f"{name} was changed by somebody else at the same time: version {now - 1} is theirs, {now} is yours. "
                f"See what is right: aws ssm get-parameter-history --name {self._path}/{name}"
            )
        self._announce()

    def _announce(self) -> None:
        """Write the inventory file that reads the parameters."""
        if not self._file.exists() or self._file.read_text(encoding="utf-8") != self._text:
            replace(self._file, self._text.encode(), 0o644)
            self._tell(f"Commit {self._name}: it says where the secrets are, and holds none.")

    def _found(self, *, decrypt: bool) -> Iterator[tuple[str, str]]:
        with _said(self.place):
            pages = self._client.get_paginator("get_parameters_by_path")
            for page in pages.paginate(Path=self._path, WithDecryption=decrypt):
                for parameter in page["Parameters"]:
                    yield parameter["Name"].rpartition("/")[2], parameter["Value"]

    def _read(self, name: str) -> tuple[str | None, int]:
        """Return the value and the version of a parameter: None and 0 where there is none."""
        with _said(self.place):
            try:
                found = self._client.get_parameter(Name=f"{self._path}/{name}", WithDecryption=True)["Parameter"]
            except self._client.exceptions.ParameterNotFound:
                return None, 0
            return found["Value"], found["Version"]

    def _put(self, name: str, value: str, purpose: str, *, over: bool) -> int:
        """Write a parameter; return its version."""
        if len(value.encode()) > _LONGEST:
            raise SecretsError(f"{name} would have {len(value.encode())} bytes; Parameter Store takes {_LONGEST}")
        wish: dict[str, Any] = {"Name": f"{self._path}/{name}", "Value": value, "Type": "SecureString"}
        with _said(self.place):
            described = {"Description": purpose} if purpose else {}
            return int(self._client.put_parameter(**wish, **described, Overwrite=over)["Version"])


@contextmanager
def _said(place: str) -> Iterator[None]:
    """Turn what AWS' client raises into what a person can do about it; a message that may quote a value isn't told."""
    try:
        yield
    except NoCredentialsError:
        raise SecretsError(f"nobody is logged in to AWS for {place}; {_LOG_IN}") from None
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "unknown")
        if code == "ParameterAlreadyExists":
            raise
        if code in _NOT_KNOWN:
            raise SecretsError(f"AWS doesn't take this login for {place} ({code}); {_LOG_IN}") from None
        words = f": {error.response['Error'].get('Message')}" if code in _TOLD else ""
        raise SecretsError(f"{place}: AWS refused {error.operation_name} ({code}){words}") from None
    except ParamValidationError:
        raise SecretsError(f"{place}: Parameter Store takes no such name or value") from None
    except BotoCoreError as error:
        raise SecretsError(f"{place}: {error}") from None
