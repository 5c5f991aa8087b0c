"""What each service on a host takes of it: memory, and the processors' time."""

from __future__ import annotations

from tests.local_host import LocalHost

# Each page is counted once however many processes share it (proportional set size, proc_pid_smaps_rollup(5)).
_MEMORY = r"""
for process in /proc/[0-9]*; do
  unit=$(sed -nE 's#^0::.*/([^/]+)[.](service|scope)$#\1#p' "$process/cgroup" 2>/dev/null)
  pss=$(awk '/^Pss:/ { print $2 }' "$process/smaps_rollup" 2>/dev/null) || continue
  [ -n "$pss" ] && echo "$pss ${unit:-init}"
done
true
"""
_PROCESSORS = r"""
cd /sys/fs/cgroup/system.slice
find . -name cpu.stat -path '*.service/*' | while read -r file; do
  unit=$(basename "$(dirname "$file")" .service)
  echo "$(sed -n 's/^usage_usec //p' "$file") $unit"
done
"""


def _by_service(text: str, unit: float) -> dict[str, float]:
    """Add up lines of a number and a service, the largest first."""
    taken: dict[str, float] = {}
    for line in text.splitlines():
        number, service = line.split(maxsplit=1)
        taken[service] = taken.get(service, 0) + int(number) * unit
    return dict(sorted(taken.items(), key=lambda item: -item[1]))


def memory_by_service(host: LocalHost) -> dict[str, float]:
    """Return the memory of each service on the host in MB, the largest first."""
    return _by_service(host.run(_MEMORY), 1024 / 1e6)


def processors_by_service(host: LocalHost) -> dict[str, float]:
    """Return the seconds of processors that each service has used since it was started, the largest first."""
    return _by_service(host.run(_PROCESSORS), 1e-6)
