"""What gunicorn loads: `mailroom.wsgi:app`. The one module that does something when it is imported."""

from __future__ import annotations

import atexit
import logging
import os
import sys

from mailroom.app import create_app
from mailroom.config import read_web_settings
from mailroom.errors import ConfigurationError
from mailroom.logs import configure_logging
from mailroom.settings import SettingsReader

# gunicorn stops as a whole when a worker exits with this number; with any other it starts the worker again, for ever.
_GUNICORN_BOOT_ERROR = 3

configure_logging("web")
try:
    app = create_app(read_web_settings(SettingsReader(os.environ)))
except ConfigurationError as error:
    logging.getLogger(__name__).critical("mailroom can't start: %s", error)
    sys.exit(_GUNICORN_BOOT_ERROR)
# Threads that are still waiting when the interpreter goes down would keep a stopping worker for ten seconds.
atexit.register(app.extensions["mailroom.close"])
