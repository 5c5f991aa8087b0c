"""What can go wrong with a comparison itself."""


class CompareError(Exception):
    """The comparison can't be made. The message says what was found and what to do."""
