"""The OpenAPI document of Mailroom without its storage: `python -m support.documents` writes the copy in docs/."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

from flask import Flask

from mailroom.app import assemble
from mailroom.openapi.document import document
from mailroom.wiring.services import Services

COPY = Path(__file__).parents[3] / "docs" / "openapi.json"


def an_app(*, docs: bool = True) -> Flask:
    """Return the application as it is wired, with nothing behind it."""
    # Whatever a service is: only the declarations of the views are looked at.
    stand_ins: dict[str, Any] = {field.name: MagicMock() for field in fields(Services)}
    return assemble(Services(**stand_ins), 1000, docs=docs)


def as_committed(app: Flask) -> str:
    """Return the text of the copy."""
    return json.dumps(document(app), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    COPY.write_text(as_committed(an_app()), encoding="utf-8")
