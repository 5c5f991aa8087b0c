"""Objectives are read whole or refused, each mistake with its file, objective, field, value and what it may be."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from monitoring import __main__ as program
from monitoring.slo import declared, rulefile
from monitoring.slo.kinds import KINDS

if TYPE_CHECKING:
    from pathlib import Path

GOOD = "kind: availability, app: mailroom, objective: 99.9, reason: people pay"
TIMED = "kind: queue_age, app: mailroom, objective: 99, reason: people wait"


def written(folder: Path, text: str) -> Path:
    file = folder / "staging.yml"
    file.write_text(text, encoding="utf-8")
    return file


def test_an_objective_has_what_is_declared_and_defaults_for_the_rest(tmp_path: Path) -> None:
    (slo,) = declared.read(written(tmp_path, f"mail: {{{GOOD}}}"))

    assert slo == declared.Slo(
        "mail", KINDS["availability"], "mailroom", Decimal("0.999"), "people pay", least_bad=10, page=True
    )
    assert str(slo.budget) == "0.001"


def test_what_may_be_left_out_may_be_set(tmp_path: Path) -> None:
    more = "least_bad: 3, page: false, without_routes: /healthz"
    (slo,) = declared.read(written(tmp_path, f"mail: {{{GOOD}, {more}}}"))

    assert (slo.least_bad, slo.page, slo.without_routes) == (3, False, "/healthz")


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{kind: speed}", "kind is 'speed'; it must be one of availability, latency, queue_age, reachability"),
        (f"{{{GOOD}, kind: [a]}}", "kind is ['a']; it must be one of availability"),
        ("{app: Mail Room}", "app is 'Mail Room'; it must be the name of an application, such as mailroom"),
        ("{objective: 100}", "objective is 100; it must be a number from 94 to 99.99 (percent of events"),
        ("{objective: 0.999}", "objective is 0.999; it must be a number from 94 to 99.99"),
        ("{objective: '99'}", "objective is '99'; it must be a number"),
        ("{objective: true}", "objective is True; it must be a number"),
        ("{objective: .nan}", "objective is nan; it must be a number from 94 to 99.99"),
        ("{reason: ''}", "reason is ''; it must say why this objective and not another"),
        ("{}", "objective is missing; it must be a number from 94 to 99.99"),
        ("{kind: availability}", "reason is missing; it must say why"),
        (f"{{{TIMED}}}", "within is missing; it must be a number of seconds above 0"),
        (f"{{{TIMED}, within: 5m}}", "within is '5m'; it must be a number of seconds above 0"),
        (f"{{{TIMED}, within: 90.5}}", "within is 90.5; of a queue's age it must be whole seconds"),
        (f"{{{GOOD}, within: 1}}", "within is 1; an objective of the kind availability has none"),
        (f"{{{TIMED}, within: 1, without_routes: /}}", "without_routes is '/'; an objective of the kind queue_age"),
        ("{kind: reachability, page: true}", "page is True; an objective of the kind reachability has none"),
        (f"{{{GOOD}, least_bad: 0}}", "least_bad is 0; it must be a whole number from 1"),
        (f"{{{GOOD}, least_bad: 1.5}}", "least_bad is 1.5; it must be a whole number from 1"),
        (f"{{{GOOD}, page: 'no'}}", "page is 'no'; it must be true or false"),
        (f"{{{GOOD}, without_routes: '('}}", "without_routes is '('; it must be a regular expression"),
        (f"{{{GOOD}, without_routes: 'a\"}} or x{{'}}", "without_routes is 'a\"} or x{'; it must be a regular"),
        (f"{{{GOOD}, objektive: 99}}", "objektive is 99; there is no such field, there are kind, app, objective"),
        ("99", "it is 99; it must have the fields kind, app, objective, reason"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, entry: str, said: str) -> None:
    with pytest.raises(declared.SloError) as refused:
        declared.read(written(tmp_path, f"mail: {entry}"))

    assert f"staging.yml: mail: {said}" in str(refused.value)


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    text = f"Mail: {{{GOOD}}}\nqueue: {{{TIMED}, within: 0, page: 1}}"
    with pytest.raises(declared.SloError) as refused:
        declared.read(written(tmp_path, text))

    assert str(refused.value).splitlines() == [
        "staging.yml: Mail: the name is 'Mail'; it may have a-z, 0-9 and -, and begins with a letter",
        "staging.yml: queue: within is 0; it must be a number of seconds above 0",
        "staging.yml: queue: page is 1; it must be true or false",
    ]


@pytest.mark.parametrize("text", ["", "- mail", "mail"])
def test_a_file_without_objectives_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(declared.SloError, match=r"staging\.yml is .*; it must hold objectives by their names"):
        declared.read(written(tmp_path, text))


def test_a_file_that_is_no_yaml_is_refused_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(declared.SloError, match=r"(?s)staging\.yml is no YAML: .*line 1"):
        declared.read(written(tmp_path, "mail: {kind"))


def test_the_program_says_the_mistakes_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written(tmp_path, "mail: {}")
    wrong = {tmp_path / "staging.yml": rulefile.render}
    monkeypatch.setattr(rulefile, "render", lambda: wrong.popitem()[1](tmp_path))

    assert program.main(["--check"]) == 2
    assert "staging.yml: mail: kind is missing" in capsys.readouterr().err
