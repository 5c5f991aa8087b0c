from __future__ import annotations

import time
import uuid

from mailroom.ids import new_message_id


def test_an_id_is_a_uuid_of_version_7() -> None:
    made = new_message_id()

    assert (made.version, made.variant) == (7, uuid.RFC_4122)


def test_ids_are_in_the_order_of_their_milliseconds() -> None:
    earlier = new_message_id()
    time.sleep(0.002)

    assert earlier < new_message_id()


def test_ids_of_one_instant_differ() -> None:
    assert len({new_message_id() for _ in range(1000)}) == 1000
