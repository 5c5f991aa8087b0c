"""What is in the slots of an app host, read in one go."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from testinfra.host import Host

SCRIPT = """
for lane in /srv/{app}/lanes/*.sock; do echo "lane $(basename "$(readlink "$lane")" .sock)"; done
for slot in blue green; do
  [ -L /srv/{app}/slots/$slot ] && echo "release $slot $(basename "$(readlink /srv/{app}/slots/$slot)")"
  for kind in web worker; do
    unit={app}-$kind@$slot.service
    echo "enabled $unit $(systemctl is-enabled $unit 2>/dev/null)"
    for property in ActiveState NRestarts MainPID; do
      echo "property $unit $property $(systemctl show $unit --property $property --value)"
    done
  done
done
"""


@dataclasses.dataclass(frozen=True)
class Slots:
    """The slots of one host.

    Attributes:
        app: the application's name.
        lanes: the slot that each lane points at, lane 0 first.
        releases: the version in each slot that holds one.
        starts: for each unit what `systemctl is-enabled` says.
        properties: for each unit its ActiveState, NRestarts and MainPID.
    """

    app: str
    lanes: list[str]
    releases: dict[str, str]
    starts: dict[str, str]
    properties: dict[str, dict[str, str]]

    @property
    def live(self) -> str:
        """The slot of the first lane, which is the live one where all agree."""
        return self.lanes[0]

    def enabled(self, kind: str) -> list[str]:
        """Return the slots whose unit of a kind starts with the host."""
        return [slot for slot in ("blue", "green") if self.starts[f"{self.app}-{kind}@{slot}.service"] == "enabled"]

    def units(self) -> list[str]:
        """Return the live slot's services: its web service, and its worker where the application has one."""
        kinds = ["web", *(["worker"] if self.enabled("worker") else [])]
        return [f"{self.app}-{kind}@{self.live}.service" for kind in kinds]


def slots_on(host: Host) -> Slots:
    """Read a host's slots over one round trip."""
    app = str(host.ansible.get_variables()["app_name"])
    found = Slots(app, [], {}, {}, {})
    for line in host.check_output(SCRIPT.format(app=app)).splitlines():
        match line.split():
            case ["lane", slot]:
                found.lanes.append(slot)
            case ["release", slot, version]:
                found.releases[slot] = version
            case ["enabled", unit, state]:
                found.starts[unit] = state
            case ["property", unit, name, value]:
                found.properties.setdefault(unit, {})[name] = value
    return found
