"""A headless Chromium of this machine, and what it asked for and complained of."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.expected_conditions import element_to_be_clickable
from selenium.webdriver.support.wait import WebDriverWait

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_SECONDS = 30.0
# It asks nobody for anything but what the page makes it ask for.
_ARGUMENTS = (
    *("--headless", "--no-first-run", "--disable-background-networking", "--disable-component-update"),
    *("--disable-dev-shm-usage", "--window-size=1280,1600"),
)


class Browser:
    """A browser with one page."""

    def __init__(self, driver: Chrome) -> None:
        self.driver = driver

    def find(self, selector: str) -> WebElement:
        """Return the first element of a CSS selector, once a person could click it."""
        return WebDriverWait(self.driver, _SECONDS).until(element_to_be_clickable((By.CSS_SELECTOR, selector)))

    def write(self, selector: str, text: str) -> None:
        """Put a text into a field in place of what is there."""
        field = self.find(selector)
        field.clear()
        field.send_keys(text)

    def complaints(self) -> list[str]:
        """Return what stands in the console: errors, refusals of the security policy, files that didn't load."""
        return self._log("browser")

    def asked_for(self) -> list[str]:
        """Return the URLs of all requests since it was started."""
        events = [json.loads(line)["message"] for line in self._log("performance")]
        sent = [event["params"]["request"] for event in events if event["method"] == "Network.requestWillBeSent"]
        return [request["url"] for request in sent]

    def _log(self, name: str) -> list[str]:
        read: Callable[[str], list[dict[str, Any]]] = self.driver.get_log
        return [entry["message"] for entry in read(name)]


@contextmanager
def chromium(home: Path) -> Iterator[Browser]:
    """Run Chromium with a profile of its own. Skips the test where Chromium or its driver is not installed."""
    program = next(filter(None, map(shutil.which, _NAMES)), None)
    driver = shutil.which("chromedriver")
    if program is None or driver is None:
        pytest.skip("Chromium and its driver are not installed: apt-get install chromium chromium-driver")
    options = ChromeOptions()
    options.binary_location = program
    for argument in (*_ARGUMENTS, f"--user-data-dir={home / 'profile'}"):
        options.add_argument(argument)
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")  # its sandbox refuses root
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    running = Chrome(options, Service(driver, log_output=str(home / "chromedriver.log")))
    try:
        yield Browser(running)
    finally:
        running.quit()
