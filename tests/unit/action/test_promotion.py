"""Only what is live everywhere, and has proved itself there, is promoted, and exactly its bytes."""

from __future__ import annotations

import hashlib
import json
import types
from typing import TYPE_CHECKING, Any

import pytest

from plugins.action.promotion import ActionModule, RefusedError, decide

if TYPE_CHECKING:
    from pathlib import Path

BYTES = b"the artifact"
SHA256 = hashlib.sha256(BYTES).hexdigest()
OTHER = "ab" * 32
GOOD = {
    "id": "r1",
    "kind": "release",
    "version": "1.4.0",
    "verdict": "succeeded",
    "by": "ann",
    "from": "laptop",
    "fast": False,
    "baked": True,
    "sha256": SHA256,
    "finished": 1000.0,
    "reason": "",
}


def host(version: str = "1.4.0", sha256: str = SHA256, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return what a host tells that serves a version in its blue slot."""
    slots = {"blue": {"release": version, "lanes": 20}, "green": {"release": "1.3.0", "lanes": 0}}
    releases = [{"version": version, "sha256": sha256}, {"version": "1.3.0", "sha256": OTHER}]
    state = {"live": "blue", "divided": False, "slots": slots, "releases": releases}
    return {"slots": state, "work": None, "lock": None, "now": 2000.0, "entries": [GOOD], **more}


def refusal(**hosts: dict[str, Any]) -> str:
    """Return why nothing may be promoted from these hosts."""
    with pytest.raises(RefusedError) as refused:
        decide("mailroom", "staging", hosts)
    message = str(refused.value)
    assert message.startswith("mailroom can't be promoted from staging: ")
    assert message.endswith(". Nothing was changed.")
    return message


def test_what_every_host_serves_and_has_baked_may_be_promoted() -> None:
    assert decide("mailroom", "staging", {"app-1": host(), "app-2": host()}) == ("1.4.0", SHA256)


def test_hosts_that_serve_different_versions_are_refused() -> None:
    said = refusal(a=host(), b=host("1.3.0", OTHER))

    assert "the hosts serve different versions (a: 1.4.0, b: 1.3.0)" in said


def test_hosts_with_different_bytes_under_one_version_are_refused() -> None:
    assert f"different bytes under one version (a: {SHA256}, b: {OTHER})" in refusal(a=host(), b=host(sha256=OTHER))


@pytest.mark.parametrize(
    ("told", "message"),
    [
        (
            {"unreachable": True, "msg": "no route\nmore"},
            "a can't be asked (no route); every app host must say the same",
        ),
        ({"failed": True, "msg": "no such module"}, "a can't be asked (no such module)"),
        (
            host(work={"kind": "release", "version": "1.5.0", "phase": "bake"}),
            "a has an unfinished release 1.5.0, in its phase bake; finish it or go back first",
        ),
        (
            host(lock={"owner": "bob", "node": "desk", "purpose": "rollback", "beat": 1900.0, "expires_after": 300}),
            "bob@desk is changing a for rollback; wait until that ends",
        ),
    ],
)
def test_a_host_that_is_not_at_rest_is_refused(told: dict[str, Any], message: str) -> None:
    assert message in refusal(a=told, b=host())


def test_a_lock_that_expired_keeps_nothing_back() -> None:
    lock = {"owner": "bob", "node": "desk", "purpose": "rollback", "beat": 100.0, "expires_after": 300}

    assert decide("mailroom", "staging", {"a": host(lock=lock)})[0] == "1.4.0"


def test_divided_lanes_are_refused() -> None:
    told = host()
    told["slots"] |= {"live": None, "divided": True}

    assert "the lanes of a are divided (1.4.0 has 20, 1.3.0 has 0)" in refusal(a=told)


def test_an_environment_without_a_release_is_refused() -> None:
    told = host()
    told["slots"] |= {"live": None}

    assert "a serves no release yet" in refusal(a=told)


def test_a_live_release_whose_files_are_gone_is_refused() -> None:
    told = host()
    told["slots"]["releases"] = []

    assert "a serves 1.4.0, but has lost its files; release 1.4.0 there again" in refusal(a=told)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (
            {"verdict": "failed", "reason": "error ratio above 1 %\nmore"},
            "release r2 of 1.4.0, by ann@laptop, failed: error ratio above 1 %.",
        ),
        (
            {"fast": True, "baked": False},
            "release r2 of 1.4.0, by ann@laptop, was made with FAST=1, so nothing watched",
        ),
        ({"baked": False}, "release r2 of 1.4.0, by ann@laptop, never finished its bake; release it again"),
        ({"sha256": OTHER}, f"had the checksum {OTHER}, but {SHA256} is on the hosts"),
    ],
)
def test_a_version_whose_last_release_did_not_prove_it_is_refused(entry: dict[str, Any], message: str) -> None:
    last = {**GOOD, "id": "r2", "finished": 1500.0, **entry}

    assert message in refusal(a=host(entries=[last, GOOD]))


def test_a_release_that_was_made_good_again_may_be_promoted() -> None:
    bad = {**GOOD, "id": "r0", "finished": 500.0, "verdict": "failed"}

    assert decide("mailroom", "staging", {"a": host(entries=[GOOD, bad])})[0] == "1.4.0"


def test_what_was_refused_or_is_of_another_version_says_nothing() -> None:
    refused = {**GOOD, "id": "r2", "finished": 1500.0, "verdict": "refused"}
    other = {**GOOD, "id": "r3", "finished": 1600.0, "version": "1.5.0", "verdict": "failed"}
    back = {**GOOD, "id": "r4", "finished": 1700.0, "kind": "rollback", "baked": False}

    assert decide("mailroom", "staging", {"a": host(entries=[back, other, refused, GOOD])})[0] == "1.4.0"


def test_a_version_that_the_ledger_does_not_know_is_refused() -> None:
    assert "the ledger tells of no release of 1.4.0; release it here, and let it bake" in refusal(a=host(entries=[]))


def test_one_host_that_remembers_is_enough() -> None:
    assert decide("mailroom", "staging", {"a": host(entries=[]), "b": host()})[0] == "1.4.0"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401
    """Run the plugin of a task."""
    monkeypatch.setattr(ActionModule.__base__, "run", lambda *_: {})

    class Task(ActionModule):
        def __init__(self, wish: dict[str, Any]) -> None:
            self._task = types.SimpleNamespace(args=wish)

    def go(**wish: Any) -> dict[str, Any]:  # noqa: ANN401
        named = {"app": "mailroom", "environment": "staging", "artifacts": str(tmp_path / "dist")}
        return dict(Task({**named, **wish}).run())

    return go


def test_what_was_fetched_is_kept_with_its_checksum_and_told_to_the_next_step(run: Any, tmp_path: Path) -> None:  # noqa: ANN401
    chosen = run(state="chosen", told={"a": host()})
    assert not chosen["here"]
    (tmp_path / "fetched").write_bytes(BYTES)
    record = tmp_path / "promotion.json"
    assert run(state="kept", chosen=chosen, fetched=str(tmp_path / "fetched"), record=str(record))["changed"]

    artifact = tmp_path / "dist/mailroom-1.4.0.tar.gz"
    assert artifact.read_bytes() == BYTES
    assert artifact.with_name("mailroom-1.4.0.tar.gz.sha256").read_text() == f"{SHA256}  mailroom-1.4.0.tar.gz\n"
    told = {"app": "mailroom", "from": "staging", "version": "1.4.0", "sha256": SHA256, "artifact": str(artifact)}
    assert json.loads(record.read_text()) == told
    assert run(state="chosen", told={"a": host()})["here"]


def test_bytes_that_came_damaged_are_refused_and_not_kept(run: Any, tmp_path: Path) -> None:  # noqa: ANN401
    chosen = run(state="chosen", told={"a": host()})
    (tmp_path / "fetched").write_bytes(b"damaged")
    said = run(state="kept", chosen=chosen, fetched=str(tmp_path / "fetched"))

    assert said["failed"]
    assert f"not {SHA256}: the host's copy is damaged. Nothing was changed." in said["msg"]
    assert list((tmp_path / "dist").iterdir()) == []


def test_other_bytes_that_were_built_here_are_not_overwritten(run: Any, tmp_path: Path) -> None:  # noqa: ANN401
    run(state="chosen", told={"a": host()})
    (tmp_path / "dist/mailroom-1.4.0.tar.gz").write_bytes(b"another build")
    said = run(state="chosen", told={"a": host()})

    assert said["failed"]
    assert "was built with other bytes" in said["msg"]
    assert "take that file away, then promote again" in said["msg"]


def test_a_refusal_fails_the_task_with_its_message(run: Any) -> None:  # noqa: ANN401
    assert (
        "app-1 can't be asked (no route)"
        in run(state="chosen", told={"app-1": {"failed": True, "msg": "no route"}})["msg"]
    )
