"""Faults of Redis."""

from __future__ import annotations

from tests.faults.asking import read_messages
from tests.faults.fault import STOP, Fault, in_background

# The administrator's way in is the file of users: nobody has a password for it. So the faults are those of clients.
MEMORY = "sed --in-place=.whole 's/^maxmemory .*/maxmemory {}/' /etc/redis/redis.conf && systemctl restart redis-server"
WHOLE = "mv /etc/redis/redis.conf.whole /etc/redis/redis.conf && systemctl restart redis-server"

FAULTS = (
    Fault(
        alert="RedisDown",
        what="Redis is stopped",
        make="systemctl stop redis-server",
        mend="systemctl start redis-server",
    ),
    Fault(
        alert="LimitsDegraded",
        what="Redis refuses the service's user",
        make="cp -p /etc/redis/users.acl /run/users.acl && sed -i '/^user mailroom /d' /etc/redis/users.acl"
        " && systemctl restart redis-server",
        mend="cp -p /run/users.acl /etc/redis/users.acl && systemctl restart redis-server",
        clients=read_messages,
    ),
    Fault(
        alert="RedisConnectionsRefused",
        what="every 20 seconds clients want more connections than it has, for a moment",
        make=in_background(
            "ulimit -n 4096; exec 2>/dev/null; for round in $(seq 60); do (for n in $(seq 5 1200); do"
            ' eval "exec $n<>/dev/tcp/127.0.0.1/6379" || true; done); sleep 20; done'
        ),
        mend=STOP,
        beside=frozenset({"LimitsDegraded", "RedisDown"}),
    ),
    Fault(
        alert="RedisMemoryHigh",
        what="Redis is given a memory of 600 kB, which it needs for itself",
        make=MEMORY.format("600kb"),
        mend=WHOLE,
        beside=frozenset({"RedisEvicting", "LimitsDegraded"}),
    ),
    Fault(
        alert="RedisEvicting",
        what="Redis is given a memory of 1 MB, and clients are counted in it",
        make=MEMORY.format("1mb"),
        mend=WHOLE,
        clients=read_messages,
        beside=frozenset({"RedisMemoryHigh", "LimitsDegraded"}),
    ),
)
