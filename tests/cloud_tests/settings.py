"""What the tests say beside the inventory of production: what is the account's own, and what the lab stands in for."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import yaml

from tools.up import ROOT

ZONE = "example.com"
SECRETS = (
    "postgresql_owner_password",
    "postgresql_service_password",
    "redis_password",
    "redis_exporter_password",
    "mailroom_api_key",
    "grafana_admin_password",
    "mailroom_token_signing_keys",
    "mailroom_unsubscribe_keys",
)


def lab_settings(outer: Path, state: Path) -> dict[str, Any]:
    """Return the variables.

    Args:
        outer: the folder of the lab's state, with the authority of the simulated AWS.
        state: the folder of the environment's.
    """
    return {
        # The team's: nobody can know them for it.
        "cloud_admin_addresses": ["100.64.0.0/10"],
        "cloud_hosts": _hosts("production"),
        "cloud_zone": ZONE,
        "cloud_mail_domain": ZONE,
        "cloud_budget_usd": 150,
        "cloud_budget_emails": ["team@example.com"],
        "cloud_github_repository": "acme/mail",
        "cloud_versions_file": str(state / "versions.yml"),
        **{f"vault_{name}": _secret(name) for name in SECRETS},
        # The lab's: the simulated AWS has an authority and credentials of its own, and no clock.
        "base_ca_certificates": [{"name": "lab", "content": (outer / "ca.crt").read_text(encoding="utf-8")}],
        "base_ntp_servers": [],
        "grafana_package": "if-reachable",
        "nginx_tls_source": "self-signed",
        "exporters_blackbox_ca_file": "/etc/nginx/site.crt",
        "alertmanager_receivers": [{"name": "chat", "kind": "webhook", "url": "https://192.168.56.1:4567/alerts"}],
        # Nobody waits for a release to ripen here.
        "app_release_steps": [5, 20],
        "app_step_seconds": 0,
        "app_bake_seconds": 0,
        "postgresql_host_memory_mb": 1024,
        "mailroom_extra_environment": {
            "AWS_ENDPOINT_URL": "https://192.168.56.1:4566",
            "AWS_CA_BUNDLE": "/etc/ssl/certs/ca-certificates.crt",
        },
        "mailroom_extra_credentials": {
            "aws_credentials": "[default]\naws_access_key_id = test\naws_secret_access_key = test\n"
        },
    }


def small_settings(outer: Path, state: Path) -> dict[str, Any]:
    """Return the variables of staging on one host, without what an account has once.

    Args:
        outer: the folder of the lab's state.
        state: the folder of the environment's.
    """
    main = _hosts("staging")["main"] | {"groups": ["edge", "app", "db", "monitoring"]}
    alone = {"cloud_zone": "", "cloud_mail_domain": "", "cloud_budget_usd": 0, "cloud_github_repository": ""}
    return lab_settings(outer, state) | alone | {"cloud_hosts": {"main": main}, "cloud_remove_backups": True}


def _hosts(environment: str) -> dict[str, Any]:
    """Return the hosts as the inventory has them, to change a count."""
    file = ROOT / f"inventories/{environment}/group_vars/all/cloud.yml"
    return dict(yaml.safe_load(file.read_text(encoding="utf-8"))["cloud_hosts"])


def _secret(name: str) -> str:
    """Return a new secret in the form that a variable of this name has."""
    made = secrets.token_hex(20)
    return f"1:{made}" if name == "mailroom_token_signing_keys" else made
