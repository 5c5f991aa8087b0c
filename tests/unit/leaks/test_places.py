"""What looks for secrets finds each that is planted, and nothing else, and tells no value."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lab.sshkey import new as new_key
from tests.leaks.places import Finder, main, needles, readable, values_in

VALUE = "a-planted-value-of-a-secret-0123456789"
SLEEP = "import time; print(flush=True); time.sleep(60)"


@pytest.fixture
def finder() -> Finder:
    return Finder({"planted": [VALUE], "other": ["another-value-that-is-nowhere"]})


@contextmanager
def running(*arguments: str, **environment: str) -> Iterator[None]:
    """Have a process with these arguments and this environment."""
    command = [sys.executable, "-c", SLEEP, *arguments]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        try:
            yield
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("content", "where"),
    [(f"password={VALUE}\n", "a line"), (f"\0\xff{VALUE}\0", "bytes"), ("x" * 3_000_000 + VALUE, "a long line")],
)
def test_a_value_in_a_file_is_found(tmp_path: Path, finder: Finder, content: str, where: str) -> None:
    path = tmp_path / where
    path.write_text(content, encoding="latin-1")
    (tmp_path / "harmless").write_text("nothing\n", encoding="utf-8")

    finder.files([str(tmp_path / "harmless"), str(path), str(tmp_path / "gone")])

    assert finder.found == {f"planted in {path}"}


def test_a_value_is_found_among_more_files_than_one_grep_takes(tmp_path: Path, finder: Finder) -> None:
    files = [tmp_path / str(number) for number in range(1200)]
    for file in files:
        file.touch()
    files[-1].write_text(VALUE, encoding="utf-8")
    finder.files(map(str, files))

    assert finder.found == {f"planted in {files[-1]}"}


@given(st.binary(max_size=5), st.binary(max_size=5))
def test_a_value_in_base64_is_found_whatever_stands_beside_it(before: bytes, after: bytes) -> None:
    found = Finder({"planted": [VALUE]})
    found.look("a header", b"Basic " + base64.b64encode(before + VALUE.encode() + after))

    assert found.found == {"planted in a header"}


def test_a_value_among_the_arguments_of_a_process_is_found(finder: Finder) -> None:
    with running(f"--password={VALUE}"):
        finder.processes()

    assert [place.split(" of ")[0] for place in finder.found] == ["planted in the arguments"]


def test_a_value_in_the_environment_of_a_process_is_found(finder: Finder) -> None:
    with running(PASSWORD=VALUE):
        finder.processes()

    assert [place.split(" of ")[0] for place in finder.found] == ["planted in the environment"]


def test_a_value_in_what_a_command_prints_is_found(finder: Finder) -> None:
    finder.output("the journal", ["sh", "-c", f"seq 100000; printf '\\377 said {VALUE}\\n'; seq 100000"])

    assert finder.found == {"planted in the journal"}


def test_a_command_that_fails_is_no_clean_bill(finder: Finder) -> None:
    with pytest.raises(OSError, match=r"the journal: false failed \(1\)"):
        finder.output("the journal", ["false"])


def test_a_grep_that_does_not_work_is_no_clean_bill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "grep").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    (tmp_path / "grep").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    with pytest.raises(OSError, match="grep doesn't find what is there"):
        Finder({"planted": [VALUE]})


def test_nothing_is_found_where_nothing_is(tmp_path: Path, finder: Finder) -> None:
    (tmp_path / "file").write_text(VALUE[:-1], encoding="utf-8")
    finder.files([str(tmp_path / "file")])
    finder.processes()
    finder.output("the journal", ["echo", "quiet"])

    assert finder.found == set()


@pytest.mark.parametrize(
    ("folder", "file", "seen"), [(0o755, 0o644, True), (0o755, 0o640, False), (0o750, 0o644, False)]
)
def test_a_file_is_readable_by_all_where_its_folder_lets_them(
    tmp_path: Path, folder: int, file: int, *, seen: bool
) -> None:
    within = tmp_path / "within"
    within.mkdir(mode=folder)
    within.chmod(folder)
    (within / "file").touch()
    (within / "file").chmod(file)

    assert list(readable(str(tmp_path))) == ([str(within / "file")] if seen else [])


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (VALUE, {VALUE}),
        ("[default]\naws_secret_access_key = " + VALUE, {VALUE, "aws_secret_access_key = " + VALUE}),
        (f"1:{VALUE}\n2:{VALUE}x\n", {VALUE, f"1:{VALUE}", f"{VALUE}x", f"2:{VALUE}x"}),
        (json.dumps({"redis://host": VALUE}), {VALUE}),
        ("short", set()),
        ("-----BEGIN CERTIFICATE-----\n" + "M" * 64 + "\n-----END CERTIFICATE-----\n", set()),
    ],
)
def test_what_is_secret_in_a_file_is_told_from_what_is_around_it(text: str, values: set[str]) -> None:
    assert values_in(text) == values


def test_two_private_keys_have_no_line_in_common() -> None:
    first, second = (values_in(new_key("host")[0]) for _ in range(2))

    assert first
    assert first & second == set()


def test_what_is_told_are_names_and_places(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "open").write_text(VALUE, encoding="utf-8")
    commands = {"what it said": ["printf", "%s", "fine"]}
    main(
        {"secrets": {"planted": [VALUE]}, "readable": [str(tmp_path)], "folders": [str(tmp_path)], "commands": commands}
    )

    said = capsys.readouterr().out
    assert json.loads(said) == {"secrets": ["planted"], "found": [f"planted in {tmp_path / 'open'}"]}
    assert needles({"planted": [VALUE]})[VALUE.encode()] == "planted"
    assert VALUE not in said
