"""An artifact holds a wheel of each requirement for each kind of host, and only those."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement

from tests.unit.tools.services import make_service, make_wheel
from tools.wheels import BuildError, Target, collect_wheels, requirements_for, targets

if TYPE_CHECKING:
    from pathlib import Path

INTEL = Target("3.13", "x86_64", (2, 41))
GRAVITON = Target("3.13", "aarch64", (2, 41))
BOTH = [INTEL, GRAVITON]


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels that pip takes for all there is, so that no network is asked."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """Where an artifact's wheels go."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    return folder


def names(folder: Path) -> set[str]:
    """Return the names of the files in a folder."""
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize(
    ("marker", "wanted"),
    [
        ("platform_machine == 'x86_64'", [True, False]),
        ("platform_machine != 'x86_64'", [False, True]),
        ("python_version >= '3.13'", [True, True]),
        ("python_full_version < '3.13'", [False, False]),
        ("sys_platform == 'win32'", [False, False]),
        ("platform_python_implementation == 'CPython' and os_name == 'posix'", [True, True]),
    ],
)
def test_a_marker_is_judged_for_the_host_not_for_the_control_node(marker: str, wanted: list[bool]) -> None:
    assert [target.wants(Requirement(f"some; {marker}")) for target in BOTH] == wanted


def test_a_requirement_without_a_marker_is_wanted_everywhere() -> None:
    assert INTEL.wants(Requirement("some"))


def test_a_host_takes_wheels_for_its_c_library_and_every_older_one() -> None:
    tags = INTEL.platforms

    assert tags[0] == "manylinux_2_41_x86_64"
    assert tags[-2:] == ["manylinux_2_17_x86_64", "manylinux2014_x86_64"]


def test_the_targets_are_what_the_shared_versions_say_of_the_hosts() -> None:
    assert [str(target) for target in targets()] == ["CPython 3.13 x86_64", "CPython 3.13 aarch64"]


def test_each_kind_of_host_gets_its_own_wheel(index: Path, wheels: Path) -> None:
    intel = make_wheel(index, "some", "1.0", "cp313-cp313-manylinux_2_17_x86_64")
    graviton = make_wheel(index, "some", "1.0", "cp313-cp313-manylinux_2_28_aarch64")
    make_wheel(index, "some", "1.0", "cp312-cp312-manylinux_2_17_x86_64")

    lines = collect_wheels([f"some==1.0 {intel} {graviton}"], BOTH, wheels)

    assert names(wheels) == {
        "some-1.0-cp313-cp313-manylinux_2_17_x86_64.whl",
        "some-1.0-cp313-cp313-manylinux_2_28_aarch64.whl",
    }
    assert lines == [f"some==1.0 {intel} {graviton}\n"]


def test_a_wheel_for_any_machine_is_taken_once(index: Path, wheels: Path) -> None:
    digest = make_wheel(index, "some", "1.0", "py3-none-any")

    collect_wheels([f"some==1.0 {digest}"], BOTH, wheels)

    assert names(wheels) == {"some-1.0-py3-none-any.whl"}


def test_a_requirement_of_one_kind_of_host_keeps_its_marker(index: Path, wheels: Path) -> None:
    digest = make_wheel(index, "some", "1.0", "cp313-cp313-manylinux_2_17_x86_64")

    lines = collect_wheels([f"some==1.0 ; platform_machine == 'x86_64' {digest}"], BOTH, wheels)

    assert lines == [f'some==1.0; platform_machine == "x86_64" {digest}\n']


@pytest.mark.usefixtures("index")
def test_a_requirement_of_no_host_is_left_out(wheels: Path) -> None:
    assert collect_wheels(["some==1.0 ; sys_platform == 'win32' --hash=sha256:ab"], BOTH, wheels) == []
    assert names(wheels) == set()


def test_a_service_that_needs_nothing_needs_no_wheels(wheels: Path) -> None:
    assert collect_wheels([], BOTH, wheels) == []


def test_a_wheel_that_one_kind_of_host_lacks_is_named(index: Path, wheels: Path) -> None:
    digest = make_wheel(index, "some", "1.0", "cp313-cp313-manylinux_2_17_x86_64")

    with pytest.raises(BuildError, match=r"the wheels for CPython 3\.13 aarch64 couldn't be fetched") as refusal:
        collect_wheels([f"some==1.0 {digest}"], BOTH, wheels)

    assert "some==1.0" in str(refusal.value)


def test_other_bytes_than_the_lock_file_names_are_refused(index: Path, wheels: Path) -> None:
    make_wheel(index, "some", "1.0", "py3-none-any")

    with pytest.raises(BuildError, match="DO NOT MATCH THE HASHES"):
        collect_wheels([f"some==1.0 --hash=sha256:{'ab' * 32}"], BOTH, wheels)

    assert names(wheels) == set()


def test_a_service_without_a_lock_file_is_refused(tmp_path: Path) -> None:
    service = make_service(tmp_path / "tiny")
    (service / "uv.lock").unlink()

    with pytest.raises(BuildError, match=r"uv\.lock can't be used; `make lock` renews it"):
        requirements_for(service)


def test_a_lock_file_that_is_behind_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")
    service = make_service(tmp_path / "tiny")
    project = service / "pyproject.toml"
    project.write_text(project.read_text(encoding="utf-8").replace(">=3.11", ">=3.12"), encoding="utf-8")

    with pytest.raises(BuildError, match=r"uv\.lock can't be used"):
        requirements_for(service)


def test_a_lock_file_without_dependencies_gives_no_requirements(tmp_path: Path) -> None:
    assert requirements_for(make_service(tmp_path / "tiny")) == []
