"""A checkout as `make secrets` sees it, and what a person does with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultSecret

from tests.unit.aws import REGION
from tools.secrets.command import main


@dataclass(frozen=True)
class Checkout:
    """Its folder."""

    root: Path

    @property
    def folder(self) -> Path:
        """The variables of staging."""
        return self.root / "inventories/staging/group_vars/all"

    @property
    def vault(self) -> Path:
        """Its vault.yml."""
        return self.folder / "vault.yml"

    @property
    def password(self) -> Path:
        """The file of its password."""
        return self.root / ".vault-password-staging"

    def says(self, **variables: str) -> None:
        """Have staging say this."""
        (self.folder / "main.yml").write_text(yaml.safe_dump(variables), encoding="utf-8")

    def make(self, *arguments: str, environment: str = "staging") -> int:
        """Run the command; return its exit code."""
        return main([environment, *arguments], self.root)

    def values(self) -> dict[str, Any]:
        """Return what Ansible itself reads from vault.yml."""
        loader = DataLoader()
        loader.set_vault_secrets([("staging", VaultSecret(self.password.read_bytes().strip()))])
        return dict(loader.load_from_file(str(self.vault), trusted_as_template=True))

    def parameters(self) -> dict[str, str]:
        """Return the parameters below /slipway/staging by name, decrypted."""
        pages = boto3.client("ssm", region_name=REGION).get_paginator("get_parameters_by_path")
        found = [
            one for page in pages.paginate(Path="/slipway/staging", WithDecryption=True) for one in page["Parameters"]
        ]
        assert {one["Type"] for one in found} <= {"SecureString"}
        return {one["Name"].removeprefix("/slipway/staging/"): one["Value"] for one in found}
