"""Faults of backups."""

from __future__ import annotations

from tests.faults.fault import Fault
from tests.faults.host import TEXTFILES

# The backup that the host is expected to make (clock.py), and what a job does that has made it.
BACKUP = "/var/lib/slipway/backups/mailroom"
TELL = "systemctl start slipway-host-metrics.service"
BACKED_UP = f"touch {BACKUP} && {TELL}"
EXPECTED = "slipway_backup_expected_since_timestamp_seconds"

FAULTS = (
    Fault(
        alert="BackupStale",
        what="the last backup succeeded three days ago",
        make=f"touch -d '3 days ago' {BACKUP} && {TELL}",
        mend=BACKED_UP,
    ),
    Fault(
        alert="BackupAbsent",
        what="a backup that has been expected for three days was never made",
        make=f"""
rm -f {BACKUP}
sed -i "s/^\\({EXPECTED}.*\\) .*/\\1 $(date -d '3 days ago' +%s)/" {TEXTFILES}/slipway_host.prom
{TELL}""",
        mend=BACKED_UP,
    ),
)
