"""Mailroom alone on this machine, on a PostgreSQL and a Redis of its own, started again whenever its source is saved.

Usage: python -m tools.dev [--source app] [--port 8000]
Ctrl-C ends all of it and leaves nothing.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from tools.dev.children import Children
from tools.dev.errors import DevError
from tools.dev.mailroom import Mailroom
from tools.dev.servers import LOOPBACK, start_postgresql, start_redis
from tools.dev.service import configure, find_python, write_commands
from tools.dev.surroundings import EndedError, ended_by_signals, listening, scratch
from tools.dev.watching import INTERVAL, Source
from tools.phases import say

ROOT = Path(__file__).resolve().parents[2]


def greeting(mailroom: Mailroom, folder: Path) -> str:
    """Return where it is, what lets in, and what to try."""
    url, service = f"http://{LOOPBACK}:{mailroom.port}", mailroom.service
    mail = {"log": "nowhere: the worker notes each in its log, and drops it"}
    transport = service.environment["MAILROOM_TRANSPORT"]
    return f"""
  the API     {url}/docs
  API key     {service.key}   for everything
  mail        goes {mail.get(transport, f"out by {transport}")}
  commands    {folder}/mailroom users list
  database    {folder}/database

Try
  curl {url}/api/v1/messages -H "Authorization: Bearer {service.key}" \\
    -H "Content-Type: application/json" -d '{{"to": "you@example.org", "subject": "Hello", "text": "It works."}}'

Save a file, and it starts again. Ctrl-C ends all of it; nothing is kept.
"""


class Session:
    """One run of `make dev`, from when its processes may start."""

    def __init__(self, source: Path, mailroom: Mailroom, children: Children) -> None:
        """Take the folder of the source, the service and all that runs."""
        self._source = source
        self._mailroom = mailroom
        self._children = children
        self._greeted = False

    def begin(self, began: float) -> None:
        """Start the service. `began` is when that was asked for, by the monotonic clock."""
        self._files = Source(self._source / "src", self._source / "migrations")
        self._mailroom.migrate()
        self._start(began)

    def follow(self) -> None:
        """Start it again whenever its source is saved. It ends by an exception only."""
        told = self._mailroom.ended()
        while True:
            time.sleep(INTERVAL)
            if news := self._files.changed():
                self._again(news)
                told = self._mailroom.ended()
            elif (ended := self._mailroom.ended()) != told:
                say(f"==> {' and '.join(ended)} ended by itself; save a file, and it starts again")
                told = ended
            self._see_to_servers()

    def _again(self, news: list[Path]) -> None:
        began = time.monotonic()
        more = f" and {len(news) - 1} more" if len(news) > 1 else ""
        say(f"==> {os.path.relpath(news[0], self._source)}{more} changed")
        self._mailroom.stop()
        if any(path.is_relative_to(self._source / "migrations") for path in news):
            self._mailroom.migrate()
        self._start(began)

    def _start(self, began: float) -> None:
        self._mailroom.start()
        if not self._mailroom.answers():
            say("==> it doesn't answer; why stands above. Save a file, and it starts again")
            return
        say(f"==> Mailroom answers at http://{LOOPBACK}:{self._mailroom.port}/ after {time.monotonic() - began:.1f} s")
        if not self._greeted:
            say(greeting(self._mailroom, self._children.folder))
            self._greeted = True

    def _see_to_servers(self) -> None:
        servers = [child for child in self._children.running if child not in self._mailroom.processes]
        if gone := [child.name for child in servers if child.ended()]:
            raise DevError(f"{gone[0]} ended by itself, and Mailroom can't do without it")


def run(source: Path, port: int) -> None:
    """Run it until a signal asks for the end.

    Raises:
        DevError: it can't be started, or one of its servers ended.
        EndedError: a signal came.
    """
    began = time.monotonic()
    with ended_by_signals(), scratch() as children, listening(port) as listener:
        say(f"==> PostgreSQL and Redis start, empty, then Mailroom from {os.path.relpath(source)}")
        python = find_python(source)
        database, redis = start_postgresql(children), start_redis(children)
        service = configure(source, children.folder, database, redis)
        write_commands(service, python, database, children.folder)
        session = Session(source, Mailroom(children, listener, python, service), children)
        session.begin(began)
        session.follow()


def main(arguments: list[str]) -> int:
    """Run from the command line; 1 when it can't go on."""
    parser = argparse.ArgumentParser(prog="python -m tools.dev", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--source", type=Path, default=ROOT / "app", help="the folder of Mailroom's source")
    parser.add_argument("--port", type=int, default=8000, help="of 127.0.0.1 (default: %(default)s; 0: any)")
    options = parser.parse_args(arguments)
    try:
        run(options.source.resolve(), options.port)
    except DevError as error:
        sys.stderr.write(f"make dev: {error}\n")
        return 1
    except EndedError:
        say("\n==> all of it has ended, and nothing is kept")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
