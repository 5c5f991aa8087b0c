"""What Mailroom is told from outside: read once, checked as a whole, then frozen.

Settings come from the environment, secrets from files in `$CREDENTIALS_DIRECTORY` (systemd's `LoadCredential=`).
All that is missing or wrong is named in one message, so that a start fails once, not once for each.
"""

from mailroom.config.accounts import AccountSettings, OidcSettings, SigningKey
from mailroom.config.commands import (
    MigrationSettings,
    read_bootstrap_key,
    read_command_database,
    read_migration_settings,
    read_send_test,
)
from mailroom.config.database import DatabaseSettings
from mailroom.config.edges import EdgeSettings
from mailroom.config.feedback import FeedbackSettings
from mailroom.config.limits import LimitSettings
from mailroom.config.redis import RedisSettings
from mailroom.config.transport import LogSettings, SesSettings, SmtpSettings, TransportSettings
from mailroom.config.unsubscribing import UnsubscribeSettings, read_unsubscribing
from mailroom.config.upkeep import PurgeSettings, RetentionSettings, read_purge_settings
from mailroom.config.web import WebSettings, read_web_settings
from mailroom.config.worker import DeliverySettings, WorkerSettings, read_worker_settings

__all__ = [
    "AccountSettings",
    "DatabaseSettings",
    "DeliverySettings",
    "EdgeSettings",
    "FeedbackSettings",
    "LimitSettings",
    "LogSettings",
    "MigrationSettings",
    "OidcSettings",
    "PurgeSettings",
    "RedisSettings",
    "RetentionSettings",
    "SesSettings",
    "SigningKey",
    "SmtpSettings",
    "TransportSettings",
    "UnsubscribeSettings",
    "WebSettings",
    "WorkerSettings",
    "read_bootstrap_key",
    "read_command_database",
    "read_migration_settings",
    "read_purge_settings",
    "read_send_test",
    "read_unsubscribing",
    "read_web_settings",
    "read_worker_settings",
]
