"""Releases that must not happen, each under load: the old version serves on, and the message says why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.figures import Figures
from tests.load.open_loop import OpenLoop
from tests.load.table import table
from tests.local_host import LocalHost
from tests.release.quick import words
from tests.turns import share

pytestmark = [pytest.mark.timeout(900), share(4)]

START_LIMIT = 15  # seconds that these releases have to be ready: the sound one takes two
Builder = Callable[[str, Callable[[Path], None]], str]


def append(source: Path, text: str) -> None:
    """Add lines to the module that gunicorn loads."""
    with (source / "src" / "mailroom" / "wsgi.py").open("a", encoding="utf-8") as file:
        file.write(text)


def never_ready(source: Path) -> None:
    """Make the service start well and never be ready."""
    append(
        source,
        """

@app.before_request
def _never_ready():
    from flask import request

    return ({"waiting_for": "godot"}, 503) if request.path == "/health/ready" else None
""",
    )


def as_it_is(_source: Path) -> None:
    """Leave the service as it is."""


@dataclass(frozen=True)
class Broken:
    """A release that can't work: its version, what is changed in the source, more variables, and what must be said."""

    version: str
    change: Callable[[Path], None]
    says: tuple[str, ...]
    variables: tuple[str, ...] = ()


# What needs no host of its own is in test_bad_releases.py, on two of them.
BROKEN = {
    "is never ready": Broken("2.1.2", never_ready, (f"not ready within {START_LIMIT} s", "godot")),
    "has a wrong secret": Broken(
        "2.1.3",
        as_it_is,
        ("password authentication failed",),
        ("-e", "vault_postgresql_service_password=wrong-and-long-enough-to-be-one"),
    ),
}


@pytest.fixture
def note(kind: str, figures: Figures) -> Callable[[str, str], None]:
    """Return a function that adds a figure of this kind of broken release, whose aim is 0."""
    return lambda what, measured: figures.say(f"a release that {kind}: {what}", measured, "0")


@pytest.fixture
def broken(kind: str, build_changed: Builder) -> Broken:
    """Return the broken release of a kind, built."""
    build_changed(BROKEN[kind].version, BROKEN[kind].change)
    return BROKEN[kind]


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_release_leaves_the_old_version_serving_and_says_why(
    broken: Broken, up: LocalHost, artifacts: Path, load: Callable[[float], OpenLoop], note: Callable[[str, str], None]
) -> None:
    before = up.slots()
    serving = before["slots"][before["live"]]["release"]
    with load(600) as running:
        limit = ("-e", f"app_start_timeout={START_LIMIT}")
        released = up.release(broken.version, artifacts, *limit, *broken.variables)
        report = running.report()
    note("failed of sent", f"{report.total.failed} of {report.total.sent}")
    assert released.code != 0
    for reason in (*broken.says, f"Release {broken.version} of mailroom failed", f"serves {serving}"):
        assert reason in released.output, released.output[-6000:]
    assert report.clean, table(report)
    assert report.total.release_names == {serving}
    after = up.slots()
    assert after["live"] == before["live"]
    assert after["slots"][after["live"]]["release"] == serving
    assert after["slots"][after["idle"]]["web"] == "inactive"
    assert after["slots"][after["idle"]]["worker"] == "inactive"


def test_a_sound_release_works_after_broken_ones(up: LocalHost, artifacts: Path, versions: tuple[str, str]) -> None:
    released = up.release(versions[0], artifacts)
    assert released.code == 0, released.output[-4000:]
    assert up.client().ask("/health/ready").release == versions[0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-e", "release_version=7.7.7"], "make build VERSION=7.7.7"),
        (["-e", "release_version="], 'release_version is ""'),
        (["-e", "release_version=not-a-version"], 'release_version is "not-a-version"'),
    ],
)
def test_a_release_that_names_no_built_version_is_refused_before_any_change(
    up: LocalHost, arguments: list[str], message: str
) -> None:
    before = up.slots()
    refused = up.play("release.yml", *arguments)
    assert refused.code != 0
    assert message in words(refused.output)
    assert up.slots() == before


def test_other_bytes_under_the_name_of_a_staged_version_are_refused(
    up: LocalHost, versions: tuple[str, str], tmp_path: Path
) -> None:
    forged = tmp_path / f"mailroom-{versions[0]}.tar.gz"
    forged.write_bytes(b"something else")
    forged.with_name(forged.name + ".sha256").write_text(f"{'0' * 64}  {forged.name}\n", encoding="ascii")
    before = up.slots()
    refused = up.release(versions[0], tmp_path)
    assert refused.code != 0
    assert "Nothing was changed. " in words(refused.output)
    assert "A release never changes: give the new build a new version." in words(refused.output)
    assert up.slots() == before
