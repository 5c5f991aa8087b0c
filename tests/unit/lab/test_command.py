"""Commands, files and messages."""

import re
from pathlib import Path

import pytest

from tests.lab import cgroup, command, files, table
from tests.lab.cli import main
from tests.lab.errors import LabError


def test_a_missing_program_is_named_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "search_path", lambda: "/nowhere")
    expected = "apt-get install -y --no-install-recommends mmdebstrap systemd-container"
    with pytest.raises(LabError, match=re.escape(expected)):
        command.need("systemd-nspawn", "mmdebstrap")


def test_a_failed_command_is_shown_with_the_end_of_what_it_said() -> None:
    with pytest.raises(LabError, match=r"(?s)`sh -c .*` failed \(3\):\n  why") as failure:
        command.run(["sh", "-c", "seq 100; echo why >&2; exit 3"])
    assert len(str(failure.value).splitlines()) < 12


def test_a_command_enters_a_namespace_without_touching_sys() -> None:
    assert command.inside(Path("/run/netns/x"), ["ip", "a"]) == ["nsenter", "--net=/run/netns/x", "ip", "a"]


def test_a_file_is_written_with_its_mode_and_nothing_beside_it(tmp_path: Path) -> None:
    files.write(tmp_path / "key", "secret", 0o600)
    assert [(path.name, oct(path.stat().st_mode & 0o777)) for path in tmp_path.iterdir()] == [("key", "0o600")]


def test_a_file_cut_short_is_as_none(tmp_path: Path) -> None:
    (tmp_path / "cut.json").write_text('{"pid": 1')
    assert files.read_json(tmp_path / "cut.json") is None


def test_a_lock_is_held_again_after_its_holder_removed_it(tmp_path: Path) -> None:
    with files.locked(tmp_path / "lock"):
        (tmp_path / "lock").unlink()
    with files.locked(tmp_path / "lock"):
        assert (tmp_path / "lock").exists()


def test_plain_cgroup_v2_is_one_hierarchy(tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").touch()
    assert cgroup.hierarchies(tmp_path) == [tmp_path]


def test_a_hybrid_has_several_hierarchies(tmp_path: Path) -> None:
    for name in ("unified", "systemd"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "cgroup.procs").touch()
    (tmp_path / "unified/cgroup.controllers").touch()
    assert cgroup.hierarchies(tmp_path) == [tmp_path / "unified", tmp_path / "systemd"]


def test_a_machine_without_cgroup_v2_is_refused_with_the_command_that_mounts_it(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="mount -t cgroup2"):
        cgroup.hierarchies(tmp_path)


@pytest.mark.parametrize(("seconds", "text"), [(3.9, "3s"), (61.0, "1m 1s"), (3700.0, "1h 1m")])
def test_a_duration_reads_as_a_person_says_it(seconds: float, text: str) -> None:
    assert table.duration(seconds) == text


def test_a_refusal_exits_2_with_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["aws", "--stop", "--name", "../x"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_every_verb_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    said = capsys.readouterr().out
    assert all(
        verb in said for verb in ("up", "down", "status", "ssh", "reboot", "kill", "run", "aws", "image", "tool")
    )
