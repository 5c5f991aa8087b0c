"""Confirming a subscription: SNS delivers nothing to who hasn't."""

from __future__ import annotations

from mailroom.errors import NoticeRefused, NotYet
from mailroom.feedback.entities import Notice
from mailroom.feedback.fetching import Fetch, NotThere, Unreachable
from mailroom.feedback.places import Places


class Confirmation:
    """Visits the SubscribeURL of a confirmation. Doing so twice does no more than once."""

    def __init__(self, places: Places, fetch: Fetch) -> None:
        self._places = places
        self._fetch = fetch

    def __call__(self, notice: Notice) -> None:
        """Confirm what the notice, whose signature was checked, asks to be confirmed. Raises NoticeRefused, NotYet."""
        place = self._places.of_sns(notice.subscribe_url or "", notice.topic)
        if place is None:
            raise NoticeRefused("SubscribeURL is not an address of SNS in the region of the topic.")
        try:
            self._fetch.get(place)
        except Unreachable as error:
            raise NotYet(f"The subscription can't be confirmed: {error}.") from error
        except NotThere as error:
            raise NoticeRefused(f"SNS doesn't take the confirmation: {error}.") from error
