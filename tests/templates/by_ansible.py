"""Templates and variables of a role as Ansible itself works them out, with what its vars/main.yml says too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

ROOT = Path(__file__).resolve().parents[2]


def _templar(files: list[Path], search: Path, more: dict[str, Any]) -> Templar:
    loader = DataLoader()
    variables: dict[str, Any] = {"ansible_managed": "Ansible managed", "inventory_hostname": "host-1"}
    for file in files:
        variables |= loader.load_from_file(str(file), trusted_as_template=True)
    return Templar(loader, variables={**variables, **more}).copy_with_new_env(searchpath=[str(search)])


def _of(role: str, template: str, more: dict[str, Any]) -> Templar:
    folder = ROOT / "roles" / role
    files = [folder / "defaults/main.yml", folder / "vars/main.yml"]
    return _templar(files, (folder / "templates" / template).parent, more)


def rendered(role: str, template: str, **more: Any) -> str:  # noqa: ANN401
    """Return a template's text, with the role's defaults and others in place of some."""
    text = (ROOT / "roles" / role / "templates" / f"{template}.j2").read_text(encoding="utf-8")
    return str(_of(role, template, more).template(trust_as_template(text)))


def value(role: str, name: str, **more: Any) -> Any:  # noqa: ANN401
    """Return what a variable of a role comes to."""
    return _of(role, "", more).template(trust_as_template("{{ " + name + " }}"))


def wired(file: str, name: str, **more: Any) -> Any:  # noqa: ANN401
    """Return what a variable in playbooks/group_vars comes to."""
    folder = ROOT / "playbooks/group_vars"
    return _templar([folder / file], folder, more).template(trust_as_template("{{ " + name + " }}"))
