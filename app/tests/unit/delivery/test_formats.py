from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from mailroom.db.schema import REQUIRED_SCHEMA_VERSION
from mailroom.delivery import formats
from mailroom.delivery.formats import Delivery, UnreadableFormat, arguments, queue_of, queues, read

ID = "0199c1de-0000-7000-8000-000000000000"
DELIVERY = Delivery(UUID(ID), "followed-1")


def test_the_first_format_is_what_the_first_releases_queue_and_read() -> None:
    assert queue_of(1) == "delivery"
    assert arguments(DELIVERY, 1) == {"message_id": ID, "request_id": "followed-1"}


def test_a_later_format_carries_its_number_and_has_a_queue_of_its_own() -> None:
    assert queue_of(2) == "delivery.2"
    assert arguments(DELIVERY, 2) == {"format": 2, "message_id": ID, "request_id": "followed-1"}


def test_the_third_format_carries_the_trace() -> None:
    traced = replace(DELIVERY, traceparent="00-1-2-01")

    assert arguments(traced, 3) == {
        "format": 3,
        "message_id": ID,
        "request_id": "followed-1",
        "traceparent": "00-1-2-01",
    }
    assert read(arguments(traced, 3)) == traced
    assert read(arguments(traced, 2)) == DELIVERY


@pytest.mark.parametrize("number", formats.READS)
def test_every_format_that_is_read_comes_back_as_it_was_written(number: int) -> None:
    assert read(arguments(DELIVERY, number)) == DELIVERY


def test_a_format_that_is_not_read_is_told_by_its_number() -> None:
    with pytest.raises(UnreadableFormat, match="a job of format 7, which this release doesn't read"):
        read({"format": 7, "what": "nobody knows yet"})


@pytest.mark.parametrize("found", [{"format": "2"}, {"format": None}, {}, {"message_id": "x", "request_id": "x"}])
def test_what_is_no_job_is_an_error(found: dict[str, object]) -> None:
    with pytest.raises((ValueError, KeyError)):
        read(found)


def test_a_worker_asks_only_for_what_it_can_read() -> None:
    assert queues([1]) == ["delivery"]
    assert queues([2, 3]) == ["delivery.2", "delivery.3"]


def test_what_is_written_is_also_read() -> None:
    assert formats.WRITES in formats.READS


def test_pyproject_says_the_same_of_jobs_and_schema_as_the_code() -> None:
    said = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())["tool"]["slipway"]

    assert said["jobs"] == {"reads": list(formats.READS), "writes": formats.WRITES}
    assert said["schema"] == {"needs": REQUIRED_SCHEMA_VERSION}
