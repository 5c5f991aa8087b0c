"""The page at /docs, opened and used in a browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from conftest import API_KEY
from support.browser import Browser, chromium

if TYPE_CHECKING:
    from conformance.conftest import Service

MESSAGE = {"to": "ann@example.com", "subject": "Hello", "text": "Good day.", "dry_run": True}
ACCEPT = "#operations-Messages-messages_accept_message"


@pytest.fixture
def page(service: Service, tmp_path: Path) -> Iterator[Browser]:
    with chromium(tmp_path) as browser:
        browser.driver.get(f"{service.url}/docs")
        yield browser


def try_out(page: Browser, body: object) -> tuple[str, str]:
    page.find(f"{ACCEPT} .opblock-summary-control").click()
    page.find(f"{ACCEPT} .try-out__btn").click()
    page.write(f"{ACCEPT} .body-param__text", json.dumps(body))
    page.find(f"{ACCEPT} .execute").click()
    status = page.find(f"{ACCEPT} .live-responses-table .response .response-col_status").text
    return status, page.find(f"{ACCEPT} .live-responses-table .response .highlight-code").text


def authorize(page: Browser, credential: str) -> None:
    page.find(".auth-wrapper .authorize").click()
    page.write("#auth-bearer-value", credential)
    page.find(".auth-btn-wrapper .authorize").click()
    page.find(".auth-btn-wrapper .btn-done").click()


def test_a_message_can_be_tried_out_with_a_key(page: Browser, service: Service) -> None:
    authorize(page, API_KEY)

    status, body = try_out(page, MESSAGE)

    assert status.startswith("200")
    assert '"state": "valid"' in body
    assert page.complaints() == []
    asked = [urlsplit(url) for url in page.asked_for()]
    # What Chromium has in itself is asked of no one: data:, and chrome:// of its own pages.
    assert {url.netloc for url in asked if url.scheme not in {"data", "chrome"}} == {urlsplit(service.url).netloc}


def test_without_a_key_the_problem_is_shown(page: Browser) -> None:
    status, body = try_out(page, MESSAGE)

    assert status.startswith("401")
    assert "urn:mailroom:problem:not-authenticated" in body


def test_the_browser_keeps_nothing_of_the_visit(page: Browser) -> None:
    authorize(page, API_KEY)

    assert page.driver.get_cookies() == []
    assert API_KEY not in str(page.driver.execute_script("return JSON.stringify([localStorage, sessionStorage])"))
