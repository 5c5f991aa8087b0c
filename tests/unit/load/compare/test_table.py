"""The table of a comparison."""

from dataclasses import replace

from tests.load.compare.table import HEAD, cells, markdown, text
from tests.unit.load.compare.rows import CLEAN, DEAF


def cell(row: tuple[str, ...], name: str) -> str:
    return row[HEAD.index(name)]


def test_a_row_shows_its_counts_and_rounds_its_times() -> None:
    assert cells(CLEAN) == ("lanes", "2", "yes", "400", "0", "0", "11", "10.0", "10.0", "1.00")


def test_a_way_that_goes_on_serving_the_old_version_is_marked() -> None:
    assert cell(cells(DEAF), "new version answers") == "NO, after 0 of 2"


def test_a_way_that_sometimes_serves_the_old_version_is_marked() -> None:
    assert cell(cells(replace(CLEAN, took=(0.8,))), "new version answers") == "NO, after 1 of 2"


def test_what_was_not_measured_is_a_dash() -> None:
    assert cell(cells(DEAF), "s a release") == "-"
    assert cell(cells(DEAF), "p99 ms during") == "-"


def test_the_columns_of_the_table_are_aligned() -> None:
    head, *rows = text([CLEAN, DEAF]).splitlines()[:3]

    ends = [head.index(name) + len(name) for name in HEAD[1:]]
    assert [[row[end - 1] != " " for end in ends] for row in rows] == [[True] * 9, [True] * 9]


def test_the_markdown_has_a_line_for_each_row_below_its_head() -> None:
    lines = markdown([CLEAN, DEAF]).splitlines()

    assert lines[0] == "| " + " | ".join(HEAD) + " |"
    assert lines[1] == "| --- |" + " --: |" * (len(HEAD) - 1)
    assert [line.split(" | ")[0] for line in lines[2:4]] == ["| lanes", "| preload"]


def test_the_table_says_how_late_the_client_itself_was() -> None:
    assert text([CLEAN, DEAF]).endswith("The client itself was at most 42 ms late with a request (preload).")


def test_what_was_lost_before_any_release_is_told() -> None:
    assert "lanes: 2 requests or connections were lost at rest" in text([replace(CLEAN, rest_failed=2)])
