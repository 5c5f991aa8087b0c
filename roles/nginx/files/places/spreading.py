"""Which app host each place leads to: evenly over those that are ready, with as few moves as possible."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

Held = Mapping[str, str]


def spread(places: Sequence[str], held: Held, hosts: Sequence[str], ready: Collection[str]) -> dict[str, str]:
    """Return the host of each place.

    Each place has a home, by its number, to which it goes back when it may. So clients that keep their place have the
    host that they had before, once it is ready again.

    Args:
        places: all of them, in their order.
        held: the host of each up to now; empty at first.
        hosts: all of them, in their order.
        ready: those that are ready. If none is, all stays as it is: a wrong verdict must not shut the site.
    """
    homes = {place: hosts[number % len(hosts)] for number, place in enumerate(places)}
    able = [host for host in hosts if host in ready]
    if not able:
        return {place: held.get(place, homes[place]) for place in places}
    own = {host: [place for place in places if held.get(place) == host] for host in able}
    room = _quotas(len(places), {host: len(own[host]) for host in able})
    found: dict[str, str] = {}
    for host in able:
        for place in sorted(own[host], key=lambda place: _ties(homes[place], host, ready))[: room[host]]:
            found[place] = host
    for host in found.values():
        room[host] -= 1
    _deal([place for place in places if place not in found], homes, room, found)
    return {place: found[place] for place in places}


def _quotas(places: int, holding: Mapping[str, int]) -> dict[str, int]:
    """Return how many places each host is to have; where it doesn't come out even, one more for who has most now."""
    least, more = divmod(places, len(holding))
    by_most = sorted(holding, key=lambda host: -holding[host])
    return {host: least + (rank < more) for rank, host in enumerate(by_most)}


def _ties(home: str, host: str, ready: Collection[str]) -> int:
    """Return how easily a host gives a place away: its own last, and first what belongs to another that is ready."""
    return 0 if home == host else 2 if home in ready else 1


def _deal(free: Sequence[str], homes: Held, room: dict[str, int], found: dict[str, str]) -> None:
    """Give free places to hosts that have room for them, home first."""
    for at_home in (True, False):
        for place in free:
            if place in found:
                continue
            host = homes[place] if at_home else max(room, key=lambda host: room[host])
            if room.get(host, 0) > 0:
                found[place] = host
                room[host] -= 1
