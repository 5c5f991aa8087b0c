"""What goes wrong before or beside the load itself."""


class LoadError(Exception):
    """The load can't be started or can't be trusted; the message says why and what to do."""
