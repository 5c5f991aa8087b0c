"""The one error of `make dev`."""


class DevError(Exception):
    """It can't go on. The message says why and what to do."""
