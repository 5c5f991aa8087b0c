"""The pages that a person sees who follows a link to end mail. They hold nothing but these words."""

from __future__ import annotations

from base64 import b64encode
from enum import Enum
from hashlib import sha256
from http import HTTPStatus

from flask import Response

_STYLE = """
:root { color-scheme: light dark; font: 1.125rem/1.5 system-ui, sans-serif; }
main { max-width: 34rem; margin: 15vh auto 0; padding: 0 1.5rem; }
h1 { font-size: 1.6rem; line-height: 1.25; }
button { font: inherit; padding: .6rem 1.4rem; border: 2px solid; border-radius: .4rem; cursor: pointer; }
button:focus-visible { outline: 3px solid; outline-offset: 3px; }
"""
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p>{text}</p>
{form}</main>
</body>
</html>
"""
# The form posts to the address of its own page, whatever path the edge has put before it.
_FORM = """<form method="post">
<input type="hidden" name="List-Unsubscribe" value="One-Click">
<button type="submit">{button}</button>
</form>
"""


class Page(Enum):
    """Which page: its status, title and text, and what stands on its button, where it has one."""

    ASK = (
        HTTPStatus.OK,
        "Do you want no more of these mails?",
        "One click, and this address gets no more of them. You need not give a reason, nor log in.",
        "Unsubscribe",
    )
    DONE = (
        HTTPStatus.OK,
        "You are unsubscribed",
        "This address gets no more of these mails. One that is already on its way may still arrive.",
        None,
    )
    UNKNOWN = (
        HTTPStatus.NOT_FOUND,
        "This link doesn't work",
        "It is incomplete, or too old. Copy all of it from the mail, or reply to the mail and ask for no more.",
        None,
    )
    UNCLEAR = (
        HTTPStatus.BAD_REQUEST,
        "Nothing was changed",
        "It isn't clear what was asked for. Press the button if you want no more of these mails.",
        "Unsubscribe",
    )
    AWAY = (
        HTTPStatus.SERVICE_UNAVAILABLE,
        "That didn't work just now",
        "You are not unsubscribed yet. Please try again in a minute.",
        "Try again",
    )
    BROKEN = (
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "Something broke here",
        "You are not unsubscribed yet. Please try again later, or reply to the mail and ask for no more.",
        None,
    )


def show(page: Page) -> Response:
    """Return the page: nothing on it is loaded, framed, remembered or told to others."""
    status, title, text, button = page.value
    form = _FORM.format(button=button) if button else ""
    style = b64encode(sha256(_STYLE.encode()).digest()).decode("ascii")
    headers = {
        "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'",
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
    }
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = "60"
    html = _PAGE.format(title=title, text=text, style=_STYLE, form=form)
    return Response(html, status, headers, content_type="text/html; charset=utf-8")
