from __future__ import annotations

import pytest

from mailroom.config.tracing import read_tracing
from mailroom.errors import ConfigurationError
from mailroom.settings import SettingsReader


def read(endpoint: str) -> str | None:
    reader = SettingsReader({"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint})
    found = read_tracing(reader)
    reader.finish()
    return found


def test_nothing_is_traced_unless_an_endpoint_is_set() -> None:
    assert read("") is None
    assert read("http://collector:4318") == "http://collector:4318"


@pytest.mark.parametrize("endpoint", ["collector:4318", "grpc://collector", "http://"])
def test_what_is_no_endpoint_is_refused(endpoint: str) -> None:
    with pytest.raises(ConfigurationError, match=f"OTEL_EXPORTER_OTLP_ENDPOINT is '{endpoint}': it must be an address"):
        read(endpoint)
