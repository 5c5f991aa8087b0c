"""SSH host keys as cloud-init prints them on a console."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

# As in cloud-init's write-ssh-key-fingerprints.
BEGIN = "-----BEGIN SSH HOST KEY KEYS-----"
END = "-----END SSH HOST KEY KEYS-----"

_KEY = re.compile(r"(?<!\S)(?P<type>ssh-[a-z0-9]+|ecdsa-sha2-nistp[0-9]+) (?P<key>[A-Za-z0-9+/]{40,}={0,2})(?!\S)")
# Colours and the like (ECMA-48), and what else isn't for reading.
_CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|[^\x20-\x7e]")
_LENGTH = 4  # bytes before each part of a key (RFC 4253, section 6.6)


@dataclass(frozen=True)
class HostKey:
    """A public key: its type, such as ``ssh-ed25519``, and the key in base64."""

    type: str
    key: str

    def fingerprint(self) -> str:
        """Return its fingerprint, as ``ssh-keygen -l`` shows it."""
        digest = hashlib.sha256(base64.b64decode(self.key)).digest()
        return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"

    def is_whole(self) -> bool:
        """Whether it is a key of its type from the first byte to the last.

        Others write on a console, too, and in the middle of a line.
        """
        try:
            left = base64.b64decode(self.key, validate=True)
        except binascii.Error:
            return False
        parts = []
        while left:
            length = int.from_bytes(left[:_LENGTH], "big")
            if len(left) < _LENGTH + length:
                return False
            parts.append(left[_LENGTH : _LENGTH + length])
            left = left[_LENGTH + length :]
        return len(parts) > 1 and parts[0] == self.type.encode()


def keys_on(console: str) -> list[HostKey]:
    """Return the whole keys in the last block that is on a console from its first line to its last, none before."""
    before, end, _ = console.rpartition(END)
    _, begin, block = before.rpartition(BEGIN)
    if not (begin and end):
        return []
    found = [HostKey(match["type"], match["key"]) for line in block.splitlines() if (match := _KEY.search(line))]
    return list(dict.fromkeys(key for key in found if key.is_whole()))


def last_lines(console: str, count: int) -> list[str]:
    """Return the last lines of a console that say something, fit to be shown."""
    lines = [_CONTROL.sub("", line).rstrip() for line in console.splitlines()]
    return [line for line in lines if line][-count:]
