"""Secrets in a file of variables that ansible-vault encrypts, with a password of each environment's own."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib, get_file_vault_secret, is_encrypted

from tools.secrets import text
from tools.secrets.errors import SecretsError
from tools.secrets.files import create, held, replace

_HEAD = """---
# The secrets of {environment}, made by `make secrets ENV={environment}`; docs/secrets.md tells of them. To edit:
# .venv/bin/ansible-vault edit --vault-id {environment}@{password} {file}
"""


class VaultStore:
    """The vault.yml of an environment.

    Attributes:
        place: the file, from the checkout.
        password: the file of its password, or a program that prints it.
    """

    def __init__(self, root: Path, environment: str, tell: Callable[[str], None]) -> None:
        """Name the files of an environment of the checkout `root`, and who is told what; nothing is read yet."""
        self.place = f"inventories/{environment}/group_vars/all/vault.yml"
        self.password = root / f".vault-password-{environment}"
        self._tell = tell
        self._environment = environment
        self._path = root / self.place

    def exists(self) -> bool:
        """Tell whether there is such a file."""
        return self._path.exists()

    def names(self) -> set[str]:
        """Return the variables in it. Raises SecretsError where it can't be read."""
        return text.names(self._read(), self.place)

    def values(self) -> dict[str, str]:
        """Return the values in it by name. Raises SecretsError where it can't be read."""
        return text.values(self._read(), self.place)

    def add(self, made: Mapping[str, str], purposes: Mapping[str, str]) -> None:
        """Put variables into it that it lacks; those that it has stay as they are.

        Args:
            made: values by name.
            purposes: what stands above them, by name.
        """
        with held(self._path.parent):
            whole = self._read()
            for name, value in made.items():
                if name not in text.names(whole, self.place):
                    whole = text.put(whole, self.place, (name, value), purposes.get(name, ""))
            self._write(whole)

    def change(self, name: str, edit: Callable[[str | None], str]) -> None:
        """Set a variable to what `edit` makes of its value, None where there is none."""
        with held(self._path.parent):
            whole = self._read()
            self._write(text.put(whole, self.place, (name, edit(text.values(whole, self.place).get(name)))))

    def _read(self) -> str:
        """Return the text; of a file that isn't there its head."""
        if not self.exists():
            return _HEAD.format(environment=self._environment, password=self.password.name, file=self.place)
        raw = self._path.read_bytes()
        if not is_encrypted(raw):
            raise SecretsError(
                f"{self.place} isn't encrypted. If it ever left this machine, its secrets are known; else encrypt it: "
                f".venv/bin/ansible-vault encrypt --vault-id {self._environment}@{self.password.name} {self.place}"
            )
        if not self.password.exists():
            raise SecretsError(
                f"{self.place} is encrypted and {self.password.name} isn't here. Get it from where your team keeps it, "
                f"write it there and `chmod 0600 {self.password.name}`"
            )
        try:
            return str(self._lib().decrypt(raw).decode())
        except (AnsibleError, ValueError):
            raise SecretsError(
                f"{self.place} can't be decrypted with the password in {self.password.name}: it's another one's, or "
                "the file was changed. Get the right one from where your team keeps it"
            ) from None

    def _write(self, whole: str) -> None:
        if not self.password.exists():
            create(self.password, f"{secrets.token_urlsafe(32)}\n".encode())
            self._tell(
                f"{self.password.name} is new, and without it nobody can ever read {self.place} again. Git doesn't "
                "keep it: PUT IT WHERE YOUR TEAM KEEPS PASSWORDS, NOW."
            )
        fresh = not self.exists()
        replace(self._path, self._lib().encrypt(whole, vault_id=self._environment))
        if fresh:
            self._tell(f"Commit {self.place}: it is encrypted.")

    def _lib(self) -> VaultLib:
        if self.password.stat().st_mode & 0o077:
            raise SecretsError(f"others than you can read {self.password.name}: `chmod go= {self.password.name}`")
        try:
            secret = get_file_vault_secret(str(self.password), self._environment, loader=DataLoader())
            secret.load()
        except AnsibleError as error:
            raise SecretsError(f"{self.password.name} gives no password: {error}") from None
        return VaultLib([(self._environment, secret)])
