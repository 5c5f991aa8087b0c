"""The text of a vault.yml: values are read from it and put into it, and all else stays as a person wrote it."""

from __future__ import annotations

import yaml

from tools.secrets.errors import SecretsError

_TEMPLATE = ("{{", "{%", "{#")


def names(text: str, place: str) -> set[str]:
    """Return the variables that a text defines.

    Args:
        text: YAML, a mapping or nothing at all.
        place: what the text is called in messages.

    Raises:
        SecretsError: it's something else. What stands in it isn't told.
    """
    return set(_nodes(text, place))


def values(text: str, place: str) -> dict[str, str]:
    """Return the values that are texts, as they stand there; templates are not worked out."""
    nodes = _nodes(text, place)
    return {name: str(node.value) for name, node in nodes.items() if isinstance(node, yaml.ScalarNode)}


def put(text: str, place: str, value: tuple[str, str], comment: str = "") -> str:
    """Return the text with a variable set: in its place, or at the end under a comment.

    Args:
        text: as for `names`.
        place: as for `names`.
        value: the variable and its value.
        comment: what stands above a variable that wasn't there.
    """
    name, content = value
    node = _nodes(text, place).get(name)
    if node is None:
        line = f"# {comment}\n" if comment else ""
        changed = f"{text}{'' if text.endswith(chr(10)) else chr(10)}{line}{name}: {scalar(content)}\n"
    else:
        before, after = text[: node.start_mark.index], text[node.end_mark.index :]
        # A block ends where the next line begins, any other value before the end of its own.
        block = isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")
        changed = before + scalar(content) + ("\n" if block else "") + after
    if values(changed, place) != {**values(text, place), name: content}:
        raise SecretsError(f"{name} can't be put into {place} as that is written; edit it by hand, see docs/secrets.md")
    return changed


def scalar(value: str) -> str:
    """Return a text as YAML of one line that gives exactly this text, to Ansible too."""
    # What looks like a template would be worked out by Ansible.
    unsafe = "!unsafe " if any(mark in value for mark in _TEMPLATE) else ""
    return unsafe + yaml.safe_dump(value, default_style='"', width=len(value) * 12 + 80).strip()


def _nodes(text: str, place: str) -> dict[str, yaml.Node]:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        # The error's own text would quote the line.
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        raise SecretsError(
            f"{place} isn't YAML in line {line}; the line isn't shown, since it may be a secret"
        ) from None
    except yaml.YAMLError:
        raise SecretsError(f"{place} has characters that YAML doesn't allow") from None
    if root is None or (isinstance(root, yaml.ScalarNode) and not root.value):
        return {}
    if not isinstance(root, yaml.MappingNode):
        raise SecretsError(f"{place} must be a list of variables, each as `name: value`")
    return {str(key.value): node for key, node in root.value}
