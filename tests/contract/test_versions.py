"""What must know a version before it could read versions.yml agrees with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contract.tree import ROOT, matching
from tools.role_specs import read_yaml

VERSIONS = read_yaml(ROOT / "versions.yml")["versions"]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("meta", matching("roles/*/meta/main.yml"), ids=lambda path: path.parts[1])
def test_a_role_is_for_the_release_of_the_hosts(meta: Path) -> None:
    platforms = read_yaml(ROOT / meta)["galaxy_info"]["platforms"]

    assert platforms == [{"name": "Debian", "versions": [VERSIONS["debian_codename"]]}]


def test_the_lab_boots_the_release_of_the_hosts() -> None:
    assert f'"{VERSIONS["debian_codename"]}"' in text("tests/lab/image.py")


def test_vagrant_boots_the_release_of_the_hosts() -> None:
    # That the names come out right is seen where Vagrant is there: test_vagrantfile.py.
    boxes = {"bento/debian-#{VERSIONS.fetch('debian')}", "debian/#{VERSIONS.fetch('debian_codename')}64"}

    assert {box for box in boxes if f'vm.box = "{box}"' in text("Vagrantfile")} == boxes


def test_any_other_release_is_refused_before_it_is_touched() -> None:
    assert f"'{VERSIONS['debian']}'" in text("roles/base/tasks/preflight.yml")


def test_the_role_sets_up_the_postgresql_that_the_release_brings() -> None:
    assert read_yaml(ROOT / "roles/postgresql/vars/main.yml")["__postgresql_version"] == VERSIONS["postgresql"]
