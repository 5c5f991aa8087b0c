#!/usr/bin/python
"""Ansible module that has certbot get a certificate where the one that is there isn't the one that is wanted."""

from __future__ import annotations

import datetime as dt
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: certbot_certificate
short_description: Have certbot get a certificate where there is none, or not the one that is wanted
description:
  - Looks at certbot's files whether there is a certificate of this name that is for exactly these host names, from this
    authority, by this folder, and not over. If so nothing is done; renewals are the timer's. Otherwise certbot gets
    one, with the challenge HTTP-01 and a new elliptic curve key.
options:
  name:
    description: What certbot calls the certificate.
    type: str
    required: true
  names:
    description: The host names that it must be for, no more and no fewer.
    type: list
    elements: str
    required: true
  directory_url:
    description: The authority's ACME directory.
    type: str
    required: true
  webroot:
    description: Folder that is shown on port 80 of all these names.
    type: path
    required: true
  email:
    description: For the account, when it is made. Empty for none.
    type: str
    default: ""
  ca_file:
    description: The authorities that may prove the directory, in PEM. Empty for the system's.
    type: path
    default: ""
  folder:
    description: certbot's own.
    type: path
    default: /etc/letsencrypt
attributes:
  check_mode:
    support: full
    description: Says whether a certificate would be asked for, also where certbot isn't installed yet.
"""

EXAMPLES = r"""
- name: Get a certificate
  certbot_certificate:
    name: site
    names: [mail.example.org]
    directory_url: https://acme-v02.api.letsencrypt.org/directory
    webroot: /var/lib/acme-challenge
"""

RETURN = r"""
reason:
  description: Why a certificate was or would be asked for. Empty when the one that is there is as it should be.
  returned: always
  type: str
"""

LIMIT = 300  # seconds; an authority looks from several places, and asks again where nobody answers


class CertbotError(Exception):
    """certbot got no certificate. The message has what it said."""


@dataclass(frozen=True)
class Found:
    """The certificate that certbot has.

    Attributes:
        names: the host names that it is for.
        ends: when it is over (UTC).
        settings: what certbot renews it with.
    """

    names: frozenset[str]
    ends: dt.datetime
    settings: dict[str, str]

    @classmethod
    def read(cls, folder: Path, name: str) -> Found | None:
        """Return it, or None where there is none or its files are no use."""
        try:
            from cryptography import x509  # noqa: PLC0415 - it comes to the host with certbot
        except ImportError:
            return None
        try:
            told = (folder / "renewal" / f"{name}.conf").read_text(encoding="utf-8")
            leaf = x509.load_pem_x509_certificate((folder / "live" / name / "fullchain.pem").read_bytes())
            known = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except (OSError, ValueError, x509.ExtensionNotFound):
            return None
        settings = dict(re.findall(r"(?m)^(\w+) = (.*)$", told.partition("[renewalparams]")[2].partition("[[")[0]))
        return cls(frozenset(known.get_values_for_type(x509.DNSName)), leaf.not_valid_after_utc, settings)

    def lacks(self, wish: dict[str, Any], now: dt.datetime) -> str:
        """Return what is wrong with it, or nothing."""
        wanted = frozenset(name.lower() for name in wish["names"])
        if self.names != wanted:
            return f"it is for {', '.join(sorted(self.names))}"
        if self.settings.get("server") != wish["directory_url"]:
            return f"it is from {self.settings.get('server')}"
        if self.settings.get("webroot_path", "").rstrip(",") != wish["webroot"]:
            return f"its renewal writes to {self.settings.get('webroot_path', 'nowhere').rstrip(',')}"
        if self.ends <= now:
            return f"it ended at {self.ends:%Y-%m-%d %H:%M} UTC"
        return ""


def command(wish: dict[str, Any]) -> list[str]:
    """Return the words that get a certificate."""
    folder = wish["folder"]
    own = [] if folder == "/etc/letsencrypt" else ["--config-dir", folder, "--work-dir", folder, "--logs-dir", folder]
    return [
        *("certbot", "certonly", "--non-interactive", "--agree-tos", "--cert-name", wish["name"]),
        *("--webroot", "--webroot-path", wish["webroot"], "--server", wish["directory_url"]),
        *("--key-type", "ecdsa", "--elliptic-curve", "secp256r1"),
        *(["--email", wish["email"]] if wish["email"] else ["--register-unsafely-without-email"]),
        # The names are all that it is to be for, and it is asked for now.
        *("--renew-with-new-domains", "--force-renewal", *own),
        *(word for name in wish["names"] for word in ("--domain", name)),
    ]


def get(wish: dict[str, Any]) -> None:
    """Have certbot get it.

    Raises:
        CertbotError: it didn't.
    """
    environment = os.environ | ({"REQUESTS_CA_BUNDLE": wish["ca_file"]} if wish["ca_file"] else {})
    try:
        done = subprocess.run(
            command(wish), env=environment, capture_output=True, text=True, timeout=LIMIT, check=False
        )
    except subprocess.TimeoutExpired:
        raise CertbotError(f"certbot got no certificate within {LIMIT} s") from None
    if done.returncode:
        raise CertbotError(f"certbot got no certificate for {', '.join(wish['names'])}: {_said(done)}")


def _said(done: subprocess.CompletedProcess[str]) -> str:
    """Return what certbot said, without what it always says."""
    usual = ("Saving debug log", "Ask for help", "Account registered", "- - -")
    lines = [line.strip() for line in (done.stdout + done.stderr).splitlines() if not line.startswith(usual)]
    return "\n".join(line for line in lines if line)


def run(module: AnsibleModule, now: dt.datetime) -> dict[str, Any]:
    """Do what the task asks; return the module's result."""
    wish: dict[str, Any] = module.params
    found = Found.read(Path(wish["folder"]), wish["name"])
    reason = found.lacks(wish, now) if found else "there is none"
    if reason and not module.check_mode:
        get(wish)
    return {"changed": bool(reason), "reason": reason}


def main() -> None:
    """Run as an Ansible module."""
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "names": {"type": "list", "elements": "str", "required": True},
            "directory_url": {"type": "str", "required": True},
            "webroot": {"type": "path", "required": True},
            "email": {"type": "str", "default": ""},
            "ca_file": {"type": "path", "default": ""},
            "folder": {"type": "path", "default": "/etc/letsencrypt"},
        },
        supports_check_mode=True,
    )
    try:
        module.exit_json(**run(module, dt.datetime.now(dt.UTC)))
    except (CertbotError, OSError) as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
