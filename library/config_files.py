#!/usr/bin/python
"""Ansible module that lays down the folders and files of a role in one round trip."""

from __future__ import annotations

import dataclasses
import grp
import os
import pwd
import shlex
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: config_files
short_description: Lay down the folders and files of a role in one round trip
description:
  - Makes folders, then writes files in the order given. Each file is written beside its place, given owner and mode,
    checked by O(files[].validate) where there is one, and moved into its place, whole or not at all.
  - C(ansible.builtin.template) takes two round trips a file, and most of a converge's time is round trips. Contents
    come from C(lookup('ansible.builtin.template', …)), so the templates are the same.
options:
  directories:
    description: Folders, parents before children.
    type: list
    elements: dict
    default: []
    suboptions:
      path: {description: The folder., type: path, required: true}
      owner: {description: Its owner., type: str, default: root}
      group: {description: Its group., type: str, default: root}
      mode: {description: Its mode as four octal digits., type: str, default: "0755"}
  files:
    description: Files, in the order in which they are written.
    type: list
    elements: dict
    default: []
    suboptions:
      path: {description: The file., type: path, required: true}
      content: {description: All that it holds., type: str, required: true}
      owner: {description: Its owner., type: str, default: root}
      group: {description: Its group., type: str, default: root}
      mode: {description: Its mode as four octal digits., type: str, default: "0644"}
      secret: {description: Whether its content is kept out of the diff., type: bool, default: false}
      validate:
        description: A command that exits non-zero for a wrong file; C(%s) is its path. In check mode it is left out
          where its program isn't on the host yet, or where a file before it would change too.
        type: str
attributes:
  check_mode:
    support: full
    description: Says what would change, also on a host that has neither the folders nor the users yet.
  diff_mode:
    support: full
    description: Shows each file that changes, but for secret ones.
"""

EXAMPLES = r"""
- name: Lay down what the site is made of
  config_files:
    directories:
      - path: /etc/nginx/snippets
    files:
      - path: /etc/nginx/nginx.conf
        content: "{{ lookup('ansible.builtin.template', 'etc/nginx/nginx.conf.j2') }}"
        validate: nginx -t -q -c %s
"""

RETURN = r"""
changed_paths:
  description: The folders and files that changed or would change.
  returned: always
  type: list
  elements: str
"""


NOT_FOUND = 127  # what `env`, `timeout` and shells exit with where the program that they should run isn't there


class WrongFileError(Exception):
    """A file that its program refuses. The message says which and why."""


@dataclasses.dataclass(frozen=True)
class Place:
    """A folder or a file as it must be."""

    path: Path
    owner: str
    group: str
    mode: int

    @classmethod
    def of(cls, wish: dict[str, Any]) -> Place:
        """Return the place that a dictionary of the task names."""
        return cls(Path(wish["path"]), wish["owner"], wish["group"], int(wish["mode"], 8))

    def fits(self) -> bool:
        """Whether owner, group and mode are as they must be, for a place that exists."""
        found = self.path.stat()
        try:
            wanted = (pwd.getpwnam(self.owner).pw_uid, grp.getgrnam(self.group).gr_gid)
        except KeyError:
            return False
        return (found.st_uid, found.st_gid) == wanted and stat.S_IMODE(found.st_mode) == self.mode

    def fit(self, path: Path) -> None:
        """Give a path this owner, group and mode."""
        os.chown(path, pwd.getpwnam(self.owner).pw_uid, grp.getgrnam(self.group).gr_gid)
        path.chmod(self.mode)


def lay_directory(place: Place, *, check: bool) -> bool:
    """Make a folder as it must be; return whether that changes something."""
    if place.path.is_dir() and place.fits():
        return False
    if not check:
        place.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        place.fit(place.path)
    return True


def content_of(path: Path) -> str | None:
    """Return what a file holds, or None where there is none."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None


def refuse_wrong(candidate: Path, wish: dict[str, Any], *, check: bool) -> None:
    """Raise WrongFileError when the file's program refuses it; in check mode not where that isn't installed yet."""
    command = shlex.split(wish["validate"].replace("%s", shlex.quote(str(candidate))))
    if check and shutil.which(command[0]) is None:
        return
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if check and done.returncode == NOT_FOUND:
        return
    if done.returncode:
        said = (done.stderr + done.stdout).strip()
        raise WrongFileError(f"{wish['path']} stays as it was: `{wish['validate']}` refuses the new one:\n{said}")


def lay_file(wish: dict[str, Any], *, check: bool, first: bool) -> dict[str, str] | None:
    """Write a file as it must be, the first of the task that changes or not; return its diff, or None for no change."""
    place = Place.of(wish)
    before = content_of(place.path)
    if before == wish["content"] and place.fits():
        return None
    if before != wish["content"]:
        folder = str(place.path.parent) if place.path.parent.is_dir() and not check else None
        # Some programs go by how a name ends: mtail finds no fault with a file that isn't called *.mtail.
        handle, name = tempfile.mkstemp(prefix=f".{place.path.name}.", suffix=place.path.suffix, dir=folder)
        candidate = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(wish["content"])
            # In check mode the files before this one, to which it may refer, were not written.
            if wish["validate"] and (first or not check):
                refuse_wrong(candidate, wish, check=check)
            if not check:
                place.fit(candidate)
                candidate.rename(place.path)
        finally:
            candidate.unlink(missing_ok=True)
    elif not check:
        place.fit(place.path)
    hide = "(secret)\n" if wish["secret"] else None
    headers = {"before_header": str(place.path), "after_header": str(place.path)}
    return {"before": hide or before or "", "after": hide or wish["content"], **headers}


def run(module: AnsibleModule) -> dict[str, Any]:
    """Do what the task asks; return the module's result."""
    check: bool = module.check_mode
    changed = [wish["path"] for wish in module.params["directories"] if lay_directory(Place.of(wish), check=check)]
    diffs = []
    for wish in module.params["files"]:
        diff = lay_file(wish, check=check, first=not changed)
        if diff:
            changed.append(wish["path"])
            diffs.append(diff)
    return {"changed": bool(changed), "changed_paths": changed, "diff": diffs}


def main() -> None:
    """Run as an Ansible module."""
    common = {
        "path": {"type": "path", "required": True},
        "owner": {"type": "str", "default": "root"},
        "group": {"type": "str", "default": "root"},
    }
    directory = {**common, "mode": {"type": "str", "default": "0755"}}
    file = {
        **common,
        "mode": {"type": "str", "default": "0644"},
        "content": {"type": "str", "required": True},
        "secret": {"type": "bool", "default": False},
        "validate": {"type": "str"},
    }
    module = AnsibleModule(
        argument_spec={
            "directories": {"type": "list", "elements": "dict", "default": [], "options": directory},
            "files": {"type": "list", "elements": "dict", "default": [], "options": file},
        },
        supports_check_mode=True,
        no_log=True,  # else the whole of each file, and a secret one's too, would be written to the host's journal
    )
    try:
        module.exit_json(**run(module))
    except (WrongFileError, OSError, KeyError, ValueError) as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
