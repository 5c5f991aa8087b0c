"""What is asked for, and what a right answer looks like."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.load.errors import LoadError

BodyCheck = Callable[[bytes], bool]
REQUEST_ID = b"{request_id}"


@dataclass(frozen=True, slots=True)
class Contains:
    """The body has `text` somewhere in it."""

    text: bytes

    def __call__(self, body: bytes) -> bool:
        """Tell whether `body` is right."""
        return self.text in body


@dataclass(frozen=True, slots=True)
class JsonHas:
    """The body is a JSON object with at least these members; a value of `...` means any value."""

    members: Mapping[str, Any]

    def __call__(self, body: bytes) -> bool:
        """Tell whether `body` is right."""
        try:
            found = json.loads(body)
        except ValueError:
            return False
        return isinstance(found, dict) and all(
            name in found and (value is ... or found[name] == value) for name, value in self.members.items()
        )


@dataclass(frozen=True, slots=True)
class Request:
    """One kind of request in the mix.

    `weight` is its share relative to the others. In `body` every `{request_id}` becomes the request's own id.
    `check` sees the whole body; it travels to the load's own process, so it must be picklable (no lambda).
    `echoes_id` demands that the answer repeats our X-Request-ID: then an answer can't belong to another request.
    Headers may carry a key: they are in no repr, no report and no message.
    """

    method: str
    path: str
    body: bytes = field(default=b"", repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    expect: frozenset[int] = frozenset({200})
    check: BodyCheck | None = None
    echoes_id: bool = False
    weight: int = 1

    def __post_init__(self) -> None:
        """Refuse what could not be sent or could not be judged."""
        if self.method not in {"GET", "POST", "PUT", "PATCH", "DELETE"}:
            raise LoadError(f"The method is {self.method!r}; it must be GET, POST, PUT, PATCH or DELETE.")
        if not self.path.startswith("/") or not self.path.isascii() or not self.path.isprintable() or " " in self.path:
            raise LoadError(f"The path is {self.path!r}; it must start with / and be escaped.")
        if not self.expect:
            raise LoadError(f"{self.method} {self.path}: expect is empty; name the statuses of a right answer.")
        if self.weight < 1:
            raise LoadError(f"{self.method} {self.path}: weight is {self.weight}; it must be at least 1.")
        taken = {name.lower() for name, _ in self.headers} & {"host", "x-request-id", "connection", "content-length"}
        if taken:
            raise LoadError(f"{self.method} {self.path}: the load sets {', '.join(sorted(taken))} itself.")
