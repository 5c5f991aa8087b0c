"""The site as a client of its own sees it: who answers after a release."""

import http.client
import ssl
import time
from dataclasses import dataclass
from pathlib import Path

IN_A_ROW = 4  # answers on connections of their own: twice as many as gunicorn has workers
PAUSE = 0.05
ANSWER_LIMIT = 5.0


@dataclass(frozen=True)
class Site:
    """Where the service is reached, and the authority of its certificate."""

    address: str
    ca: Path

    def release(self) -> str:
        """Return the release that answers a request on a fresh connection, empty when none does."""
        trust = ssl.create_default_context(cafile=str(self.ca))
        connection = http.client.HTTPSConnection(self.address, timeout=ANSWER_LIMIT, context=trust)
        try:
            connection.request("GET", "/", headers={"Connection": "close"})
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            return ""
        finally:
            connection.close()
        return answer.headers.get("X-Release", "") if answer.status == http.HTTPStatus.OK else ""

    def answers_as(self, release: str, limit: float) -> bool:
        """Wait until a release answers several times in a row; return whether it did within `limit` seconds."""
        until, seen = time.monotonic() + limit, 0
        while seen < IN_A_ROW:
            seen = seen + 1 if self.release() == release else 0
            if not seen:
                if time.monotonic() >= until:
                    return False
                time.sleep(PAUSE)
        return True
