"""Where an environment keeps its secrets, as its variables say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from tools.secrets.errors import SecretsError
from tools.secrets.local import LocalStore
from tools.secrets.ssm import SsmStore
from tools.secrets.vault import VaultStore

BACKENDS = ("vault", "ssm")
Store = VaultStore | SsmStore | LocalStore


class _Loader(yaml.SafeLoader):
    """Reads YAML in which Ansible's own tags (!unsafe, !vault) may stand."""


_Loader.add_multi_constructor("!", lambda loader, _, node: loader.construct_scalar(node))


class Environment:
    """A folder of inventories/, and what it says of secrets."""

    def __init__(self, root: Path, name: str, tell: Callable[[str], None]) -> None:
        """Read what an environment says.

        Args:
            root: the checkout.
            name: the folder under inventories/.
            tell: takes what a person must be told, as soon as it is so.

        Raises:
            SecretsError: there is no such environment, or it says what can't be.
        """
        known = sorted(path.parent.name for path in (root / "inventories").glob("*/hosts.yml"))
        if name not in known:
            raise SecretsError(f"ENV={name}: there is no such environment. There are: {' '.join(known)}")
        self.name = name
        self.tell = tell
        self._root = root
        self._said = _variables(root / "inventories" / name / "group_vars" / "all")
        self.backend = self._said.get("secrets_backend", "vault")
        if self.backend not in BACKENDS:
            raise SecretsError(
                f"secrets_backend is {self.backend!r} in inventories/{name}/group_vars/all; it may be vault or ssm"
            )

    def store(self) -> Store:
        """Return where its secrets are."""
        if self.name == "local":
            return LocalStore(self._root)
        return self._ssm() if self.backend == "ssm" else VaultStore(self._root, self.name, self.tell)

    def left(self) -> tuple[Store, str] | None:
        """Return where its secrets were before `secrets_backend` was changed, and what goes away then; None if nowhere.

        Both are read by Ansible while they are there, and vault.yml wins.
        """
        if self.name == "local":
            return None
        vault = VaultStore(self._root, self.name, self.tell)
        if self.backend == "ssm":
            return (vault, vault.place) if vault.exists() else None
        file = f"inventories/{self.name}/ssm.yml"
        return (self._ssm(), file) if (self._root / file).exists() else None

    def _ssm(self) -> SsmStore:
        region = self._said.get("cloud_region", "")
        if not isinstance(region, str) or not region or "{" in region:
            raise SecretsError(
                f"secrets_backend is ssm, and cloud_region in inventories/{self.name}/group_vars/all is {region!r}; "
                "it must name the region of the parameters, as in eu-central-1"
            )
        return SsmStore(self._root, (self.name, region), self.tell)


def _variables(folder: Path) -> dict[str, Any]:
    """Return the variables of a folder of group_vars but those of its vault.yml."""
    said: dict[str, Any] = {}
    for path in sorted(folder.glob("*.yml")):
        if path.name == "vault.yml":
            continue
        try:
            said |= yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader) or {}  # noqa: S506 - a SafeLoader
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            raise SecretsError(f"{path} isn't YAML{f' in line {mark.line + 1}' if mark else ''}") from None
    return said
