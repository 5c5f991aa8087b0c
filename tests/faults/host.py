"""Faults of a host: its disks, its units, its clock, and what it tells."""

from __future__ import annotations

from tests.faults.disk import MOUNTPOINT
from tests.faults.fault import STOP, Fault, in_background

TEXTFILES = "/var/lib/prometheus/node-exporter"

FAULTS = (
    Fault(
        alert="HostDown",
        what="the node exporter hangs (SIGSTOP), as all does on a host that has frozen",
        make="systemctl kill --signal=SIGSTOP prometheus-node-exporter",
        mend="systemctl kill --signal=SIGCONT prometheus-node-exporter",
    ),
    Fault(
        alert="TargetMissing",
        what="an exporter is stopped",
        make="systemctl stop prometheus-redis-exporter",
        mend="systemctl start prometheus-redis-exporter",
    ),
    Fault(
        alert="FailedUnits",
        what="a unit fails",
        make="systemd-run --quiet --unit=slipway-fault --service-type=oneshot false || true",
        mend="systemctl reset-failed slipway-fault",
    ),
    Fault(
        alert="UnitRestarting",
        what="a unit is killed in a loop, and started again each time",
        make=in_background("for n in $(seq 200); do systemctl kill --signal=KILL mtail; sleep 5; done"),
        mend=STOP,
    ),
    Fault(
        alert="CpuSaturated",
        what="something uses all processors",
        make=in_background("for n in $(seq $(nproc)); do (while :; do :; done) & done; wait", "Nice=19"),
        mend=STOP,
        beside=frozenset({"LatencyBudgetBurns", "LatencyBudgetBurnsFast"}),
        limit=480,
    ),
    Fault(
        alert="DiskFull",
        what="a disk is filled",
        make=f"fallocate --length 30M {MOUNTPOINT}/fault || true",
        mend=f"rm {MOUNTPOINT}/fault",
        labels={"mountpoint": MOUNTPOINT},
    ),
    Fault(
        alert="DiskFilling",
        what="a log grows and grows",
        make=f"fallocate --length 20M {MOUNTPOINT}/fault\n"
        + in_background(f"for n in $(seq 400); do head -c 64K /dev/zero >> {MOUNTPOINT}/fault; sleep 5; done"),
        mend=f"{STOP}; rm {MOUNTPOINT}/fault",
        labels={"mountpoint": MOUNTPOINT},
        limit=480,
    ),
    Fault(
        alert="InodesLow",
        what="a program leaves thousands of empty files",
        make=f"mkdir {MOUNTPOINT}/fault; for n in $(seq 5000); do : > {MOUNTPOINT}/fault/$n || break; done 2>/dev/null",
        mend=f"rm -r {MOUNTPOINT}/fault",
        labels={"mountpoint": MOUNTPOINT},
    ),
    Fault(
        alert="FilesystemReadOnly",
        what="a disk is remounted read-only, as the kernel does at an error",
        make=f"mount -o remount,ro {MOUNTPOINT}",
        mend=f"mount -o remount,rw {MOUNTPOINT}",
        labels={"mountpoint": MOUNTPOINT},
    ),
    Fault(
        alert="TextfileUnreadable",
        what="a program writes a file of metrics wrongly",
        make=f"echo 'this is no metric' > {TEXTFILES}/fault.prom",
        mend=f"rm {TEXTFILES}/fault.prom",
    ),
    Fault(
        alert="TextfileStale",
        what="the timer that writes a file of metrics was stopped an hour ago",
        make=f"systemctl stop slipway-host-metrics.timer && touch -d '-1 hour' {TEXTFILES}/slipway_host.prom",
        mend="systemctl start slipway-host-metrics.timer slipway-host-metrics.service",
    ),
    Fault(
        alert="RebootRequired",
        what="a package has asked for a reboot, four days ago",
        make=f"touch -d '-4 days' /run/reboot-required && rm -f {TEXTFILES}/slipway_host.prom"
        " && systemctl start slipway-host-metrics.service",
        mend="rm /run/reboot-required && systemctl start slipway-host-metrics.service",
    ),
)
