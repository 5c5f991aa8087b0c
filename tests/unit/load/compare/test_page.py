"""The generated part of docs/performance.md."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.load.compare import page
from tests.load.compare.errors import CompareError
from tests.load.compare.options import PAGE, parse
from tests.load.compare.page import BEGIN, END, Machine
from tests.unit.load.compare.rows import CLEAN

WHERE = Machine(2, "Abacus", "6.1", 0.2, "nginx 1, gunicorn 2", "abc1234", datetime(2026, 1, 2, 3, 4, tzinfo=UTC))


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    path = tmp_path / "page.md"
    path.write_text(f"# Before\n\n{BEGIN}\nold figures\n{END}\n\nAfter\n", encoding="utf-8")
    return path


def generated(where: Machine = WHERE) -> str:
    plan, _ = parse(["--ways", "lanes", "--rate", "150"])
    return page.generated(plan, where, [("A service", [CLEAN])])


def test_the_generated_part_takes_the_place_of_the_one_before(path: Path) -> None:
    page.write(path, "new figures")

    assert path.read_text(encoding="utf-8") == f"# Before\n\n{BEGIN}\n\nnew figures\n\n{END}\n\nAfter\n"


def test_writing_it_again_changes_nothing(path: Path) -> None:
    page.write(path, generated())
    once = path.read_text(encoding="utf-8")
    page.write(path, generated())

    assert path.read_text(encoding="utf-8") == once


def test_a_page_without_a_place_for_the_figures_is_refused_with_what_it_needs(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("# Nothing here\n", encoding="utf-8")

    with pytest.raises(CompareError, match="has no place for the tables; put these two lines into it") as refusal:
        page.check(tmp_path / "page.md")
    assert f"{BEGIN}\n{END}" in str(refusal.value)


def test_a_page_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CompareError, match=r"page\.md doesn't exist"):
        page.check(tmp_path / "page.md")


def test_the_page_of_the_repository_has_a_place_for_the_figures() -> None:
    page.check(PAGE)


def test_the_generated_part_says_command_date_commit_machine_and_load() -> None:
    text = generated()

    assert "`python -m tests.load.compare_releases --ways lanes --rate 150` on 2026-01-02 03:04 UTC" in text
    assert "commit abc1234" in text
    assert "2 cores (Abacus)" in text
    assert "150 requests/s" in text


def test_the_generated_part_says_how_each_way_in_it_is_configured() -> None:
    assert "- **Slipway's lanes.** Two slots" in generated()
    assert "- **gunicorn HUP.**" not in generated()


def test_figures_from_a_busy_machine_are_marked_as_such() -> None:
    assert "The machine was busy with other work" in generated(replace(WHERE, load=5.0))
    assert "busy" not in generated()
