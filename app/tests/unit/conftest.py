"""What stands for everything outside of the domains, new for each test."""

from __future__ import annotations

import pytest

from support.fake_storage import FakeStorage


@pytest.fixture
def storage() -> FakeStorage:
    return FakeStorage()
