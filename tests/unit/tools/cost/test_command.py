"""`make cost`: tables for the terminal, options, and the page written or compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.tools.cost.made import environment, made
from tools.cost import command
from tools.cost.command import main

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.cost.prices.read", made)
    monkeypatch.setattr(
        command, "environments", lambda: {name: environment(name) for name in ("production", "staging")}
    )


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments) == 0
    return capsys.readouterr().out


def test_a_table_is_aligned_and_ends_with_its_sum(capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, "production").splitlines()

    assert lines[0] == "here, list prices of 2026-01-02 without tax, 730 hours"
    assert lines[1].split() == ["PRODUCTION", "QUANTITY", "USD", "A", "MONTH"]
    assert lines[2].split() == ["host:", "small", "730", "0.01", "per", "hour", "7.30"]
    assert lines[13].split() == ["sum", "14.65"]
    assert len({len(line) for line in lines[2:14]}) == 1
    assert lines[15].startswith("Credits, of accounts made since 2025-07-15:")


def test_without_names_all_are_shown_and_the_single_host(capsys: pytest.CaptureFixture[str]) -> None:
    heads = [line.split()[0] for line in said(capsys).splitlines() if "QUANTITY" in line]

    assert heads == ["PRODUCTION", "STAGING", "SINGLE-HOST"]


def test_quantities_are_options_for_all_that_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    shown = said(capsys, "staging", "production", "--mails", "100000", "--traffic-gb", "150")

    assert shown.count(" 16.00\n") == 2  # 100 x 0.16
    assert shown.count(" 4.50\n") == 2  # 50 x 0.09


def test_the_plan_of_ses_is_an_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert "0.10 per GB" in said(capsys, "production", "--ses-plan", "a-la-carte")


def test_the_region_is_an_option(capsys: pytest.CaptureFixture[str]) -> None:
    shown = said(capsys, "production", "--region", "there")

    assert shown.startswith("there, ")
    assert "0.02 per hour, not confirmed" in shown


def test_an_environment_that_is_not_on_ec2_is_named_with_those_that_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["local"]) == 1
    assert capsys.readouterr().err == (
        "local is not on EC2: inventories/local/group_vars/all/cloud.yml says nothing of hosts. "
        "There are: production, staging, single-host\n"
    )


def test_a_region_without_prices_is_an_error_and_no_trace(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--region", "mars"]) == 1
    assert capsys.readouterr().err.startswith("region mars has no prices: add it to `regions` of tools/prices.yml")


@pytest.mark.parametrize("quantity", ["many", "-1", "nan", "inf"])
def test_a_quantity_that_can_not_be_is_refused(quantity: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([f"--mails={quantity}"])

    assert f"argument --mails: {quantity} is not a number from 0 up" in capsys.readouterr().err


def test_the_page_that_was_just_written_is_up_to_date(tmp_path: Path) -> None:
    target = tmp_path / "cost.md"

    assert main(["--write", str(target)]) == 0
    assert main(["--check", str(target)]) == 0


def test_a_page_that_is_not_up_to_date_is_told_with_what_to_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "cost.md"
    target.write_text("old\n")

    assert main(["--check", str(target)]) == 1
    assert capsys.readouterr().out.startswith("cost.md isn't up to date: run `make docs`\n")
    assert target.read_text() == "old\n"


def test_a_page_of_some_environments_only_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["staging", "--write", str(tmp_path / "cost.md")])

    assert "the page has all environments: leave their names out" in capsys.readouterr().err
