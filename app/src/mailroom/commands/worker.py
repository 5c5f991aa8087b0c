"""`mailroom worker`."""

from __future__ import annotations

import argparse
import os

from mailroom.settings import SettingsReader


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Tell the command line of it."""
    parser = commands.add_parser("worker", help="deliver queued messages until SIGTERM")
    parser.set_defaults(run=run)


def run(asked: argparse.Namespace, reader: SettingsReader) -> None:
    """Deliver until SIGTERM."""
    del asked
    # The environment of a slot may name the web process's metric files: they are not the worker's.
    os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)
    # A second series for each counter, which nobody here reads.
    os.environ["PROMETHEUS_DISABLE_CREATED_SERIES"] = "true"
    from mailroom.config import read_worker_settings
    from mailroom.delivery.run import run_worker

    run_worker(read_worker_settings(reader))
