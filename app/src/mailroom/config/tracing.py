"""Where traces go."""

from __future__ import annotations

from urllib.parse import urlsplit

from mailroom.settings import SettingsReader


def read_tracing(reader: SettingsReader) -> str | None:
    """Read OTEL_EXPORTER_OTLP_ENDPOINT: the base of an OTLP/HTTP collector, or None where nothing is traced."""
    endpoint = reader.text("OTEL_EXPORTER_OTLP_ENDPOINT", default="")
    parts = urlsplit(endpoint)
    if endpoint and (parts.scheme not in {"http", "https"} or not parts.hostname):
        reader.complain(
            f"OTEL_EXPORTER_OTLP_ENDPOINT is {endpoint!r}: it must be an address of the form http://host:4318"
        )
    return endpoint or None
