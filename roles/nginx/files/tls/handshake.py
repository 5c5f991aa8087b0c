"""What a client is shown who shakes hands with nginx on this host."""

from __future__ import annotations

import socket
import ssl

LIMIT = 5.0  # seconds


def shown(address: str, port: int, name: str) -> bytes | None:
    """Return the certificate (DER) that a handshake shows to a client who asks for a name; None where there is none."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # It is compared with the one that must be there, which says more than any authority.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection((address, port), timeout=LIMIT) as plain,
            context.wrap_socket(plain, server_hostname=name or None) as secured,
        ):
            return secured.getpeercert(binary_form=True)
    except OSError:
        return None
