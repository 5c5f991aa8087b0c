"""The machine's own firewall: one that forwards nothing (Docker's, for one) is told to let a lab's packets through."""

import json
from collections.abc import Iterator
from typing import Any

from tests.lab.command import in_root
from tests.lab.naming import Lab
from tests.lab.progress import note

_FAMILIES = {"ip", "inet"}


def closed_chains(listing: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return family, table and name of the chains in `nft -j list chains` that drop what they forward."""
    chains = [item["chain"] for item in listing["nftables"] if "chain" in item]
    return [
        (chain["family"], chain["table"], chain["name"])
        for chain in chains
        if chain.get("hook") == "forward" and chain.get("policy") == "drop" and chain["family"] in _FAMILIES
    ]


def handles(listing: dict[str, Any], comment: str) -> list[int]:
    """Return the handles of the rules with a comment, in `nft -j -a list chain`."""
    rules = [item["rule"] for item in listing["nftables"] if "rule" in item]
    return [rule["handle"] for rule in rules if rule.get("comment") == comment]


def _closed() -> list[tuple[str, str, str]]:
    """Return the closed chains of the machine."""
    return closed_chains(json.loads(in_root(["nft", "-j", "list", "chains"])))


def let_through(lab: Lab, interface: str) -> None:
    """Accept what comes from and goes to a lab in every chain that drops by default."""
    for family, table, chain in _closed():
        for direction in ("iifname", "oifname"):
            rule = [direction, f'"{interface}"', "accept", "comment", f'"{lab.label}"']
            in_root(["nft", "insert", "rule", family, table, chain, *rule])
        note(
            f"firewall chain {family} {table} {chain} drops what it forwards; {lab.label} is let through while it is up"
        )


def forget(lab: Lab) -> None:
    """Remove the rules that `let_through` made."""
    for family, table, chain, handle in _rules(lab):
        in_root(["nft", "delete", "rule", family, table, chain, "handle", str(handle)])


def _rules(lab: Lab) -> Iterator[tuple[str, str, str, int]]:
    """Yield the lab's rules in the machine's chains."""
    for family, table, chain in _closed():
        listing = json.loads(in_root(["nft", "-j", "-a", "list", "chain", family, table, chain]))
        for handle in handles(listing, lab.label):
            yield family, table, chain, handle
