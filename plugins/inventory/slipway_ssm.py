"""Ansible inventory plugin: the secrets of an environment from AWS' Parameter Store, as variables of all hosts.

A lookup in a vault.yml would ask AWS anew, twice, in each task that uses a secret; this asks once in a run.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

DOCUMENTATION = r"""
name: slipway_ssm
short_description: Secrets from AWS' Parameter Store as variables of all hosts
description:
  - Reads every parameter below a path, decrypted, once when the inventory is read. A parameter's last part is the
    variable's name.
  - AWS' usual settings say who asks (C(AWS_PROFILE), C(AWS_ACCESS_KEY_ID) …) and where (C(AWS_ENDPOINT_URL)).
options:
  plugin:
    description: This plugin's name.
    required: true
    choices: [slipway_ssm]
  path:
    description: The path of the parameters, as in C(/slipway/staging).
    type: str
    required: true
  region:
    description: The region that they are in.
    type: str
    required: true
"""

_NAME = re.compile(r"vault_[a-z][a-z0-9_]*")
_PATIENT = Config(retries={"mode": "standard", "max_attempts": 5}, connect_timeout=5, read_timeout=20)


def read(path: str, region: str) -> dict[str, str]:
    """Return the secrets below a path by name; parameters with another kind of name are somebody else's.

    Raises:
        BotoCoreError: nobody is logged in, or AWS doesn't answer.
        ClientError: AWS refused.
    """
    pages = boto3.client("ssm", region_name=region, config=_PATIENT).get_paginator("get_parameters_by_path")
    found = [one for page in pages.paginate(Path=path, WithDecryption=True) for one in page["Parameters"]]
    named = {one["Name"].rpartition("/")[2]: one["Value"] for one in found}
    return {name: value for name, value in named.items() if _NAME.fullmatch(name)}


class InventoryModule(BaseInventoryPlugin):  # type: ignore[misc]
    """Called by Ansible for an inventory file that names this plugin."""

    NAME = "slipway_ssm"

    def verify_file(self, path: str) -> bool:
        """Tell whether a file may be one of this plugin."""
        return bool(super().verify_file(path)) and Path(path).name == "ssm.yml"

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:  # noqa: ANN401, FBT001, FBT002
        """Read the parameters, and set them as variables of the group `all`. Raises AnsibleParserError where it can't.

        A value is kept as it is: what looks like a template in it isn't worked out.
        """
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        below, region = str(self.get_option("path")), str(self.get_option("region"))
        try:
            secrets = read(below, region)
        except (BotoCoreError, ClientError) as error:
            raise AnsibleParserError(
                f"the secrets of {below} in {region} can't be read: {error}. Log in to AWS (AWS_PROFILE, or "
                "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY) as somebody who may ssm:GetParametersByPath there."
            ) from None
        if not secrets:
            raise AnsibleParserError(
                f"there is no secret below {below} in {region}: make secrets ENV={Path(below).name}"
            )
        for name, value in secrets.items():
            inventory.set_variable("all", name, value)
