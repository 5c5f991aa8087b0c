"""A host's own way to an address outside, cut by a rule of nftables."""

from __future__ import annotations

MENDED = "nft destroy table inet fault"


def cut(address: str, port: int, verdict: str) -> str:
    """Return a shell script that has what the host sends to a port of an address dropped or refused.

    Args:
        address: where it sends to.
        port: of TCP.
        verdict: of nftables: `drop`, or `reject with tcp reset`.
    """
    return f"""nft -f - <<'END'
table inet fault {{
  chain output {{
    type filter hook output priority -10
    ip daddr {address} tcp dport {port} {verdict}
  }}
}}
END"""
