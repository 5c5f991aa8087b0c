"""A role's templates, rendered with its defaults and whatever a test sets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jinja2
import jinja2.meta
import yaml
from jinja2.nativetypes import NativeEnvironment

ROOT = Path(__file__).resolve().parents[2]


def _engine(role: str, template: str) -> jinja2.Environment:
    """Return Jinja as Ansible sets it up, which looks for included files beside the template first."""
    templates = ROOT / "roles" / role / "templates"
    engine = jinja2.Environment(
        loader=jinja2.FileSystemLoader([templates, (templates / template).parent]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 these are configuration files, not pages
    )
    engine.filters["to_json"] = json.dumps
    engine.filters["to_nice_json"] = lambda value: json.dumps(value, indent=4)
    engine.filters["urlsplit"] = lambda url, part: getattr(urlsplit(url), part)
    return engine


def variables_of(role: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return a role's defaults, with others in place of some, worked out."""
    text = (ROOT / "roles" / role / "defaults" / "main.yml").read_text(encoding="utf-8")
    given = {"ansible_managed": "Ansible managed", "playbook_dir": "/playbooks"}
    variables = {**given, **constants_of(role), **yaml.safe_load(text), **more}
    engine = NativeEnvironment(autoescape=False)
    engine.filters["dirname"] = lambda path: str(Path(path).parent)
    engine.filters["combine"] = lambda one, other, **_: {**one, **other}

    def worked_out(value: Any) -> Any:  # noqa: ANN401
        if isinstance(value, str):
            named = jinja2.meta.find_undeclared_variables(engine.parse(value)) & variables.keys()
            return engine.from_string(value).render({name: worked_out(variables[name]) for name in named})
        return [worked_out(one) for one in value] if isinstance(value, list) else value

    return {name: worked_out(value) for name, value in variables.items()}


def constants_of(role: str) -> dict[str, Any]:
    """Return a role's own variables that aren't worked out from others."""
    text = (ROOT / "roles" / role / "vars" / "main.yml").read_text(encoding="utf-8")
    return {name: value for name, value in yaml.safe_load(text).items() if "{{" not in str(value)}


def render(role: str, template: str, **more: Any) -> str:  # noqa: ANN401
    """Return a template's text; an undefined variable is an error."""
    return _engine(role, template).get_template(f"{template}.j2").render(variables_of(role, **more))
