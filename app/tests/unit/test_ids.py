from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime, timedelta

from mailroom.ids import lowest_message_id, new_message_id


def test_an_id_is_a_uuid_of_version_7() -> None:
    made = new_message_id()

    assert (made.version, made.variant) == (7, uuid.RFC_4122)


def test_ids_are_in_the_order_of_their_milliseconds() -> None:
    earlier = new_message_id()
    time.sleep(0.002)

    assert earlier < new_message_id()


def test_ids_of_one_instant_differ() -> None:
    assert len({new_message_id() for _ in range(1000)}) == 1000


def test_the_lowest_id_of_a_moment_is_below_all_of_its_millisecond_and_above_all_before() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, 678_900, UTC)
    before = [new_message_id(moment - timedelta(milliseconds=1)) for _ in range(100)]

    assert max(before) < lowest_message_id(moment) <= min(new_message_id(moment) for _ in range(100))
    assert lowest_message_id(moment) == lowest_message_id(moment.replace(microsecond=678_000))


def test_before_the_epoch_there_is_no_message() -> None:
    assert lowest_message_id(datetime(1900, 1, 1, tzinfo=UTC)) == lowest_message_id(datetime(1970, 1, 1, tzinfo=UTC))
