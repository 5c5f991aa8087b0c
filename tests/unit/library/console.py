"""A console as EC2 shows it, with host keys that were made for these tests."""

from __future__ import annotations

from ansible.module_utils.host_keys import BEGIN, END

ECDSA = (
    "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBFpU8Cd2HawhFRuFH4Mg5FOFZvklbrYa5Qg5knRUGa"
    "JiXn72Yu+iRS9BjD+ldvIKgnmBA9kMrZmCtu3HlwKY/4o= root@app-1"
)
ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN/6QEhT2h0RvBKpKYxUR+eNCrAbpxicWIaNviF4M+SQ root@app-1"
RSA = (
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7WI+X8gXs4ZImrgiFpIK2Sk2HSHiZx9j1NXBvrGr6/DkdDrCZ7aeWPx9P2320PiN2lnX1ENpQm7"
    "ozI0uxtmZlCANm/EcIdGTcYhrFXvSrgIy0Gl2mor+/JMfFqTfINjnPccsOhfYZiy/JiNdC3y0Fms/J7fZmwRb40ogGlSA0yJz+oniJaa18IMWk8yPQtU"
    "1PeAkVuzxOpY3A+mvwcSGVRSOqI3DNS5wWXREwjvM7571D+M7JxyfKF5yJm2JkG9vnz34CWZmjb7cCw3PLKBnrfpeMgj7ZJrTo+OvFj/9dfkCsgw+nAM"
    "w0gb9LPxwPQUwEQQ1YLW4HmgNx3Rxjvyk/ root@app-1"
)
# As `ssh-keygen -l` showed them.
FINGERPRINTS = [
    "SHA256:lqUwPwyirvTvFoilSuONwR6DbW2cSeXG21/1vnEUNg4",
    "SHA256:G4uS10NR3e94cDVdcs5/rrchGO7WYzfUGlV/Z/w0IR0",
    "SHA256:qqeGE6SshEmFkPXLmmHTwMLM+OrLtGjqJUP0j0gKxaI",
]


def booting() -> str:
    """Return a console before cloud-init is done."""
    return "[    0.000000] Linux version 6.12\n[  OK  ] Reached target network.target - Network.\n"


def console(*keys: str) -> str:
    """Return a console on which cloud-init printed keys, those above unless others are given."""
    printed = [
        "ci-info: no authorized SSH keys fingerprints found for user admin.",
        "<14>Nov 23 04:23:01 cloud-init: #############################################################",
        "<14>Nov 23 04:23:01 cloud-init: -----BEGIN SSH HOST KEY FINGERPRINTS-----",
        f"<14>Nov 23 04:23:01 cloud-init: 256 {FINGERPRINTS[1]} root@app-1 (ED25519)",
        "<14>Nov 23 04:23:01 cloud-init: -----END SSH HOST KEY FINGERPRINTS-----",
        BEGIN,
        *(keys or (ECDSA, ED25519, RSA)),
        END,
        "[   21.171134] cloud-init[612]: Cloud-init v. 25.1.4 finished at Mon, 23 Nov 2026 04:23:01 +0000.",
        "",
        "Debian GNU/Linux 13 app-1 ttyS0",
        "",
    ]
    return booting() + "\n".join(printed) + "\n"
