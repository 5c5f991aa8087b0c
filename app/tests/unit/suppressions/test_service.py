from __future__ import annotations

import pytest

from mailroom.errors import NotFound
from mailroom.suppressions.entities import Reason, Suppressed, Wanted
from mailroom.suppressions.service import SuppressionService
from support.fake_storage import FakeStorage
from support.fakes import A_CALLER


@pytest.fixture
def counted() -> list[Reason]:
    return []


@pytest.fixture
def service(storage: FakeStorage, counted: list[Reason]) -> SuppressionService:
    return SuppressionService(storage.unit_of_work, counted.append)


def test_an_address_is_added_by_hand_in_lower_case(service: SuppressionService, counted: list[Reason]) -> None:
    entry, added = service.add("Ann@example.com", "by phone", A_CALLER)

    assert (entry.address, entry.reason, entry.detail, added) == ("ann@example.com", Reason.MANUAL, "by phone", True)
    assert counted == [Reason.MANUAL]
    assert service.show(entry.id) == entry


def test_an_address_that_is_there_stands_as_it_is(
    service: SuppressionService, storage: FakeStorage, counted: list[Reason]
) -> None:
    storage.suppressions.suppress(Suppressed("ann@example.com", Reason.COMPLAINT, "abuse"))
    entry, added = service.add("ann@example.com", "by phone", A_CALLER)

    assert (entry.reason, entry.detail, added, counted) == (Reason.COMPLAINT, "abuse", False, [])


def test_a_page_begins_after_an_entry_and_has_no_more_than_are_wanted(service: SuppressionService) -> None:
    ids = [service.add(f"{name}@example.com", None, A_CALLER)[0].id for name in "abcde"]
    pages = [service.page(Wanted(2, after)) for after in (None, ids[3], ids[1])]

    assert [[entry.id for entry in page] for page in pages] == [ids[4:2:-1], ids[2:0:-1], ids[:1]]


def test_a_removed_entry_is_gone(service: SuppressionService) -> None:
    entry, _ = service.add("ann@example.com", None, A_CALLER)
    service.remove(entry.id, A_CALLER)

    for ask in (lambda: service.show(entry.id), lambda: service.remove(entry.id, A_CALLER)):
        with pytest.raises(NotFound, match="There is no suppression of this id"):
            ask()


def test_an_id_that_no_entry_has_is_not_found(service: SuppressionService) -> None:
    with pytest.raises(NotFound, match="There is no suppression of this id"):
        service.show(0)
    with pytest.raises(NotFound, match="There is no suppression of this id"):
        service.remove(0, A_CALLER)


def test_no_address_is_logged(service: SuppressionService, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        entry, _ = service.add("ann@example.com", "ann herself", A_CALLER)
        service.remove(entry.id, A_CALLER)

    assert [line.message for line in caplog.records] == ["an address was suppressed", "an address may get mail again"]
    assert not [line for line in caplog.records if "ann" in str(vars(line)) or "key:3" not in str(vars(line))]
