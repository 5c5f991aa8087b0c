"""What the parts of `make secrets` refuse with."""

from __future__ import annotations


class SecretsError(Exception):
    """It can't be done. The message says why and what to do, and never holds a secret."""
