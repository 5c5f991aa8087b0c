"""The one error that the lab shows to people."""


class LabError(Exception):
    """What went wrong and what to do about it, in one or a few lines; the program exits 2."""
