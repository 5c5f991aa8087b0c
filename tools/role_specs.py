"""What the roles say about themselves: argument_specs and defaults, read once for the docs and the contract tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Option:
    """One documented variable or one key of it. `default` is the value in the spec, None for none."""

    name: str
    type: str
    description: tuple[str, ...]
    required: bool = False
    default: Any = None
    choices: tuple[Any, ...] = ()
    elements: str | None = None
    options: tuple[Option, ...] = ()


@dataclass(frozen=True)
class EntryPoint:
    """A role's tasks file that may be called from outside, with what it takes."""

    name: str
    short_description: str
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Role:
    """A role as its meta/argument_specs.yml and defaults/main.yml describe it."""

    name: str
    path: Path
    entry_points: tuple[EntryPoint, ...]
    defaults: dict[str, Any] = field(default_factory=dict)

    def options(self) -> dict[str, Option]:
        """Every documented variable of every entry point, by name."""
        return {option.name: option for entry in self.entry_points for option in entry.options}


class _AnsibleLoader(yaml.SafeLoader):
    """Reads Ansible's own tags (!vault, !unsafe) as the text they carry."""


def _untagged(loader: yaml.SafeLoader, _suffix: str, node: yaml.Node) -> Any:  # noqa: ANN401 - YAML is any
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    return None


_AnsibleLoader.add_multi_constructor("!", _untagged)


def read_yaml(path: Path) -> Any:  # noqa: ANN401 - YAML is any
    """Content of a YAML file with Ansible's tags, None for an absent or empty one. Raises yaml.YAMLError."""
    if not path.is_file():
        return None
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_AnsibleLoader)  # noqa: S506 - a SafeLoader


def read_roles(folder: Path = ROOT / "roles") -> list[Role]:
    """Every role of a folder, by name; one that documents nothing has no entry points."""
    return [_read_role(path) for path in sorted(folder.iterdir()) if (path / "tasks").is_dir()]


def _read_role(path: Path) -> Role:
    document = read_yaml(path / "meta/argument_specs.yml") or {}
    specs = document.get("argument_specs") or {}
    # `preflight` is checked by itself before any host is touched; its variables are main's.
    told = {name: spec for name, spec in specs.items() if name == "main" or spec != specs.get("main")}
    entries = tuple(_entry(name, spec or {}) for name, spec in told.items())
    return Role(path.name, path, entries, read_yaml(path / "defaults/main.yml") or {})


def _entry(name: str, spec: dict[str, Any]) -> EntryPoint:
    return EntryPoint(name, str(spec.get("short_description", "")), _options(spec))


def _options(spec: dict[str, Any]) -> tuple[Option, ...]:
    return tuple(_option(name, body or {}) for name, body in (spec.get("options") or {}).items())


def _option(name: str, body: dict[str, Any]) -> Option:
    description = body.get("description", ())
    return Option(
        name=name,
        type=str(body.get("type", "str")),
        description=(description,) if isinstance(description, str) else tuple(map(str, description)),
        required=bool(body.get("required", False)),
        default=body.get("default"),
        choices=tuple(body.get("choices") or ()),
        elements=body.get("elements"),
        options=_options(body),
    )
