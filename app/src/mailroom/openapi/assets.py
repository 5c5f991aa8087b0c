"""The files of the page: Swagger UI's, which come with the package flask-swagger-ui, and the script that starts it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

_DIGEST_CHARACTERS = 16
_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".png": "image/png"}


@dataclass(frozen=True, slots=True)
class Assets:
    """Files by name. `digest` is another one whenever any of them changes, so that a browser may keep them for ever."""

    found: Mapping[str, Traversable]
    digest: str

    def content(self, name: str) -> tuple[bytes, str]:
        """Return the bytes of a file and its media type. Raises KeyError where there is none of that name."""
        return self.found[name].read_bytes(), _TYPES[name[name.rindex(".") :]]


def page_assets() -> Assets:
    """Return the files that the page loads."""
    # Its files only: the blueprint it brings has an inline script, which the page's security policy forbids.
    swagger = files("flask_swagger_ui") / "dist"
    found = {
        "swagger-ui.css": swagger / "swagger-ui.css",
        "swagger-ui-bundle.js": swagger / "swagger-ui-bundle.js",
        "favicon.png": swagger / "favicon-32x32.png",
        "start.js": files("mailroom.openapi") / "page" / "start.js",
    }
    digest = hashlib.sha256()
    for one in found.values():
        digest.update(one.read_bytes())
    return Assets(found, digest.hexdigest()[:_DIGEST_CHARACTERS])
