"""What the command line of a comparison asks for."""

import pytest

from tests.load.compare.methods import METHODS
from tests.load.compare.options import PAGE, parse

ALL = {method.key for method in METHODS}


def test_every_way_is_tried_on_both_services_unless_told_otherwise() -> None:
    plan, inside = parse([])

    assert [{method.key for method in variant.methods} for variant in plan.variants] == [ALL, ALL]
    assert [(variant.import_seconds, variant.rounds) for variant in plan.variants] == [(0, 20), (2, 4)]
    assert not inside


def test_ways_can_be_chosen() -> None:
    plan, _ = parse(["--ways", "hup", "lanes"])

    assert [method.key for method in plan.variants[0].methods] == ["lanes", "hup"]


def test_a_quick_comparison_releases_once() -> None:
    plan, _ = parse(["--quick"])

    assert {variant.rounds for variant in plan.variants} == {1}


def test_a_quick_comparison_of_ways_that_are_not_tried_slowly_has_one_table() -> None:
    plan, _ = parse(["--quick", "--ways", "restart"])

    assert [variant.import_seconds for variant in plan.variants] == [0]


def test_the_page_is_written_only_when_asked_for() -> None:
    assert parse([])[0].page is None
    assert parse(["--markdown"])[0].page == PAGE


def test_the_command_is_repeated_as_it_was_given() -> None:
    plan, inside = parse(["--inside", "--rounds", "3"])

    assert plan.command == "python -m tests.load.compare_releases --rounds 3"
    assert inside


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--rounds", "0"], "--rounds is 0; it must be 1 to 100"),
        (["--rounds", "101"], "--rounds is 101; it must be 1 to 100"),
        (["--rate", "5"], "--rate is 5; it must be 20 to 500 requests a second"),
        (["--ways", "magic"], "invalid choice: 'magic'"),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_does(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refusal:
        parse(words)

    assert refusal.value.code == 2
    assert said in capsys.readouterr().err
