"""Our modules run in this process, as Ansible would run them on a host."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ansible.module_utils import slot_health, slot_services, slots_state
from ansible.module_utils.testing import patch_module_args

from library import lanes, slot, slot_content
from tests.unit.library.claims import Claims
from tests.unit.library.content import PURPOSES
from tests.unit.library.ses import domain  # noqa: F401 - a fixture
from tests.unit.library.simulated_aws import aws, aws_server  # noqa: F401 - fixtures
from tests.unit.library.sockets import Listener
from tests.unit.library.units import Units

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What a module told Ansible: its result, and all that it printed."""

    result: dict[str, Any]
    text: str

    @property
    def failed(self) -> bool:
        """Whether the task failed."""
        return bool(self.result.get("failed"))

    @property
    def changed(self) -> bool:
        """Whether the task says that it changed something."""
        return bool(self.result["changed"])

    @property
    def message(self) -> str:
        """Why the task failed."""
        return str(self.result["msg"])


@dataclasses.dataclass(frozen=True)
class Places:
    """An application's folders, in a folder of the test's own."""

    root: Path
    runtime: Path
    configuration: Path

    def lane(self, number: int) -> Path:
        """The link of a lane."""
        return self.root / "lanes" / f"{number:02d}.sock"

    def slots_of_lanes(self) -> list[str]:
        """The slot of each lane, or "nothing"."""
        links = [self.lane(number) for number in range(20)]
        return [link.readlink().stem if link.is_symlink() else "nothing" for link in links]

    def socket(self, slot: str) -> Path:
        """Where a slot listens."""
        return self.runtime / f"{slot}.sock"

    def stage(self, version: str, sha256: str = "ab" * 32) -> None:
        """Make a release that looks staged."""
        folder = self.root / "releases" / version
        folder.mkdir(parents=True)
        (folder / ".complete").write_text(f"{sha256}\n", encoding="ascii")

    def put(self, slot: str, version: str) -> None:
        """Put a release into a slot."""
        (self.root / "slots" / slot).symlink_to(Path("..") / "releases" / version)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """Folders as the role app leaves them on a fresh host."""
    made = Places(tmp_path / "srv", tmp_path / "run", tmp_path / "etc")
    for folder in (made.root / "releases", made.root / "slots", made.root / "lanes", made.runtime):
        folder.mkdir(parents=True)
    return made


@pytest.fixture
def listeners(places: Places) -> Iterator[dict[str, Listener]]:
    """Both slots listen, and each answers with its name."""
    with Listener(places.socket("blue"), b"blue") as blue, Listener(places.socket("green"), b"green") as green:
        yield {"blue": blue, "green": green}


@pytest.fixture
def run_module(capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Run a module's main; return what it told Ansible."""

    def run(main: Callable[[], None], arguments: dict[str, Any], *, check: bool = False) -> Outcome:
        capsys.readouterr()
        with patch_module_args({**arguments, "_ansible_check_mode": check}), pytest.raises(SystemExit):
            main()
        text = capsys.readouterr().out
        return Outcome(json.loads(text), text)

    return run


@pytest.fixture
def units(monkeypatch: pytest.MonkeyPatch) -> Units:
    """A double of systemd, wherever the module asks systemd."""
    double = Units()
    monkeypatch.setattr(slot_services, "systemctl", double.systemctl)
    monkeypatch.setattr(slot_services, "last_log_lines", lambda unit, *_: [f"{unit} wrote this"])
    for module in (slot_services, slot_health):
        monkeypatch.setattr(module, "unit_state", double.state)
    for module in (slot_services, slots_state):
        monkeypatch.setattr(module, "unit_states", double.all_states)
        monkeypatch.setattr(module, "enabled_units", double.are_enabled)
    return double


@pytest.fixture
def bring(run_module: Callable[..., Outcome], places: Places, units: Units) -> Callable[..., Outcome]:
    """Bring a slot of the test's application into a state."""
    del units

    def run(name: str, state: str, *, check: bool = False, **more: Any) -> Outcome:  # noqa: ANN401
        arguments = {"app": "mailroom", "slot": name, "state": state, **more}
        arguments |= {"root": str(places.root), "runtime": str(places.runtime)}
        return run_module(slot.main, arguments, check=check)

    return run


@pytest.fixture
def systemd(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The state of the slot's web service; it stands for systemd, which isn't here."""
    state = {"ActiveState": "inactive"}
    monkeypatch.setattr(slot_content, "unit_state", lambda _: state)
    return state


@pytest.fixture
def generous_umask() -> Iterator[None]:
    """A umask that takes nothing away, so that modes are the module's own doing."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def put(
    run_module: Callable[..., Outcome], places: Places, systemd: dict[str, str], generous_umask: None
) -> Callable[..., Outcome]:
    """Put release 1.4.0 and some configuration into the blue slot."""
    del systemd, generous_umask
    places.stage("1.4.0")
    places.stage("1.5.0")

    def run(purposes: dict[str, Any] = PURPOSES, *, release: str = "1.4.0", check: bool = False) -> Outcome:
        arguments = {"app": "mailroom", "slot": "blue", "release": release, "purposes": purposes}
        arguments |= {"root": str(places.root), "configuration": str(places.configuration)}
        return run_module(slot_content.main, arguments, check=check)

    return run


@pytest.fixture
def move(run_module: Callable[..., Outcome], places: Places) -> Callable[..., Outcome]:
    """Run the module for the test's application."""

    def run(slot: str, count: int = 20, *, check: bool = False) -> Outcome:
        arguments = {"app": "mailroom", "slot": slot, "count": count}
        arguments |= {"root": str(places.root), "runtime": str(places.runtime)}
        return run_module(lanes.main, arguments, check=check)

    return run


@pytest.fixture
def claim(
    run_module: Callable[..., Outcome], tmp_path: Path, places: Places, monkeypatch: pytest.MonkeyPatch
) -> Claims:
    """Take, renew and free the lock of the test's application. No slot of it runs anything."""
    double = Units()
    monkeypatch.setattr(slots_state, "unit_states", double.all_states)
    monkeypatch.setattr(slots_state, "enabled_units", double.are_enabled)
    textfiles = tmp_path / "textfiles"
    where = {"root": str(places.root), "runtime": str(places.runtime), "textfiles": str(textfiles)}
    return Claims(run_module, tmp_path / "state", where)
