"""The ways to release that are compared, each with its configuration in words, which docs/performance.md repeats.

Each gets the best that its own documentation and common sense give it.
"""

from dataclasses import dataclass

from tests.load.compare import scripts
from tests.load.compare.scripts import APP

LANES = tuple(f"/srv/{APP}/lanes/{number:02d}.sock" for number in range(20))


@dataclass(frozen=True)
class Method:
    """A way to release.

    key: its name on the command line. title: its name in the table. configuration: how it is set up and what it does.
    start: the script that makes the first release serve. release: the script of each release. options: of gunicorn.
    socket_of_systemd: whether systemd owns the sockets. upstream: what nginx lists. most: releases that make sense.
    """

    key: str
    title: str
    configuration: str
    start: str
    release: str
    options: str = ""
    socket_of_systemd: bool = False
    upstream: tuple[str, ...] = (f"/run/{APP}/blue.sock",)
    most: int = 1000


METHODS = (
    Method(
        "lanes",
        "Slipway's lanes",
        "Two slots whose sockets belong to systemd; nginx lists the 20 lanes. The idle slot, which held the release "
        "before the live one, lets its requests end and stops; it gets the release, starts and answers with its "
        "version; then `library/lanes.py` points all 20 lanes at it. The old slot stays warm. Steps, gate and bake are "
        "left out, since the other ways have none.",
        start=scripts.START_LANES,
        release=scripts.LANES,
        socket_of_systemd=True,
        upstream=LANES,
    ),
    Method(
        "reload",
        "nginx reloaded, old one stopped",
        "Blue-green over two sockets, as many tools do it: the new instance starts and answers; the upstream's file is "
        "replaced and checked, and `systemctl reload nginx` runs; then the old instance is stopped, gracefully (30 s).",
        start=scripts.START,
        release=scripts.RELOAD,
    ),
    Method(
        "reload-drain",
        "nginx reloaded, old one drained first",
        "The same, but the old instance is stopped only when the worker processes that nginx had before the reload "
        "have ended, and with them the last request to it.",
        start=scripts.START,
        release=scripts.RELOAD_DRAIN,
    ),
    Method(
        "restart",
        "`systemctl restart`",
        "One instance that listens on its own socket; it ends what it has in hand (30 s), then the new one starts.",
        start=scripts.START,
        release=scripts.RESTART,
    ),
    Method(
        "restart-socket",
        "`systemctl restart` behind systemd's socket",
        "The same, but the socket belongs to systemd and stays: requests wait in its queue (2048) until the new one "
        "takes them.",
        start=scripts.START_BEHIND_SOCKET,
        release=scripts.RESTART,
        socket_of_systemd=True,
    ),
    Method(
        "hup",
        "gunicorn HUP",
        "One instance; `systemctl reload` sends HUP to the master, which starts new workers and lets the old ones end "
        "what they have in hand (30 s). The socket belongs to systemd and stays.",
        start=scripts.START_BEHIND_SOCKET,
        release=scripts.HUP,
        socket_of_systemd=True,
    ),
    Method(
        "hup-preload",
        "gunicorn HUP with `--preload`",
        "The same with `--preload`, by which the master imports the service once. New workers are copies of the "
        "master: they run the code that it imported when it started, and the command succeeds all the same. Tried "
        "once.",
        start=scripts.START_BEHIND_SOCKET,
        release=scripts.HUP,
        options="--preload",
        socket_of_systemd=True,
        most=1,
    ),
)
