"""The WSGI application: `guestbook.web:application`."""

from __future__ import annotations

import html
import logging

import falcon
import psycopg
from psycopg_pool import PoolTimeout

from guestbook.database import Book
from guestbook.metrics import Measured
from guestbook.release import version

VERSION = version()
PAGE = """<!doctype html>
<html lang="en"><head><title>Guest book</title><link rel="stylesheet" href="/static/guestbook-1.css"></head>
<body><h1>Guest book</h1>
{entries}
</body></html>
"""


class Signed:
    """Says in every answer which release gave it."""

    def process_response(self, _req: falcon.Request, resp: falcon.Response, _resource: object, _good: object) -> None:
        """Add the header."""
        resp.set_header("X-Guestbook-Version", VERSION)


class Health:
    """Whether the service can serve."""

    def __init__(self, book: Book) -> None:
        """Ask this book."""
        self.book = book

    def on_get(self, _req: falcon.Request, resp: falcon.Response) -> None:
        """Answer 200 when the database answers."""
        try:
            self.book.newest()
        except (psycopg.Error, PoolTimeout) as error:
            resp.status = falcon.HTTP_503
            resp.media = {"status": "failed", "reason": str(error)}
        else:
            resp.media = {"status": "ok", "version": VERSION}


class Entries:
    """The entries as JSON."""

    def __init__(self, book: Book) -> None:
        """Serve this book."""
        self.book = book

    def on_get(self, _req: falcon.Request, resp: falcon.Response) -> None:
        """List the newest."""
        resp.media = {"entries": self.book.newest()}

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Add one."""
        asked = req.get_media()
        if not isinstance(asked, dict) or not all(isinstance(asked.get(key), str) for key in ("name", "text")):
            raise falcon.HTTPUnprocessableEntity(description="name and text must be text")
        resp.status = falcon.HTTP_201
        resp.media = self.book.add(asked["name"], asked["text"])


class Page:
    """The entries for people."""

    def __init__(self, book: Book) -> None:
        """Show this book."""
        self.book = book

    def on_get(self, _req: falcon.Request, resp: falcon.Response) -> None:
        """Show the newest."""
        lines = (f"<p>{html.escape(one['text'])} — {html.escape(one['name'])}</p>" for one in self.book.newest())
        resp.content_type = falcon.MEDIA_HTML
        resp.text = PAGE.format(entries="\n".join(lines))


def create() -> falcon.App:
    """Wire it."""
    logging.basicConfig(level=logging.INFO)
    book = Book()
    app = falcon.App(middleware=[Signed(), Measured()])
    app.add_route("/", Page(book))
    app.add_route("/entries", Entries(book))
    app.add_route("/healthz", Health(book))
    return app


application = create()
