"""On a faster clock windows and patience shrink, and nothing else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from monitoring import __main__ as program
from monitoring import rulebook, scaling
from monitoring.slo import rulefile
from tests.promtool import promtool

if TYPE_CHECKING:
    from pathlib import Path

RULES = rulebook.render() | rulefile.render()
TIMES = ("for", "keep_firing_for", "interval")


def without_times(text: str) -> list[dict[str, Any]]:
    """Return a file's groups without what may change: patience, intervals, and what is between [ and ] or :."""
    groups: list[dict[str, Any]] = yaml.safe_load(text)["groups"]
    for item in (*groups, *(rule for group in groups for rule in group["rules"])):
        for key in TIMES:
            item.pop(key, None)
        if "expr" in item:
            item["expr"] = re.sub(r"\[\d+[a-z]+(?=[:\]])", "[", item["expr"])
    return groups


def expression(text: str, factor: float = 60) -> str:
    return scaling.windows(text, factor)


@pytest.mark.parametrize("factor", [1, 7, 60])
@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_nothing_but_times_differs(path: Path, factor: float) -> None:
    assert without_times(scaling.scaled(RULES[path], factor)) == without_times(RULES[path])


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_a_factor_of_one_keeps_every_time(path: Path) -> None:
    once = scaling.scaled(RULES[path], 1)

    # All are in seconds then: a second time changes nothing at all, and ten times faster is a tenth of both.
    assert scaling.scaled(once, 1) == once
    assert scaling.scaled(once, 10).split("\n")[1:] == scaling.scaled(RULES[path], 10).split("\n")[1:]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("rate(x[6h])", "rate(x[360s])"),
        ("rate(x[1d12h])", "rate(x[2160s])"),
        ("max_over_time(x[6h:15s])", "max_over_time(x[360s:15s])"),
        ("rate(x[1h]) * 3600", "rate(x[60s]) * 3600"),
        ("x offset 4w", "x offset 4w"),
        ('rate(x{route=~"[5m]|[.]"}[2h])', 'rate(x{route=~"[5m]|[.]"}[120s])'),
        ('predict_linear(x{y="\\"[1h]"}[6h], 24 * 3600)', 'predict_linear(x{y="\\"[1h]"}[360s], 24 * 3600)'),
    ],
)
def test_windows_are_divided_and_offsets_numbers_and_strings_are_not(before: str, after: str) -> None:
    assert expression(before) == after


def test_no_window_gets_shorter_than_two_reads_need() -> None:
    assert expression("rate(x[5m])") == "rate(x[60s])"
    assert expression("rate(x[30s])") == "rate(x[30s])"


def test_patience_is_divided_to_the_millisecond() -> None:
    assert scaling.shorter("30s", 60, "0s") == "500ms"
    assert scaling.shorter("1h", 60, "0s") == "60s"


@pytest.mark.parametrize("text", ["", "5", "m5", "5 m"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no duration; it must be a number and ms, s, m"):
        scaling.shorter(text, 2, "0s")


def test_the_program_writes_them_into_a_folder_as_prometheus_takes_them(tmp_path: Path) -> None:
    assert program.main(["--scale", "60", "--into", str(tmp_path)]) == 0

    written = {path.relative_to(tmp_path) for path in tmp_path.rglob("*.yml")}
    assert written == {path.relative_to(rulebook.FOLDER) for path in RULES}
    for path in tmp_path.rglob("*.yml"):
        code, said = promtool("check", "rules", "/dev/stdin", told=path.read_text(encoding="utf-8"))
        assert code == 0, said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--scale", "60"], "--scale and --into go together"),
        (["--scale", "0.5", "--into", "x"], "--scale is 0.5; it must be at least 1"),
        (["--check", "--scale", "2", "--into", "x"], "without --check"),
    ],
)
def test_a_clock_that_makes_no_sense_is_refused(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        program.main(arguments)

    assert said in capsys.readouterr().err
