"""How much this worker may send: its share of the transport's quota.

All live workers are counted where the queue keeps them, and each takes an equal share. So that the shares never add up
to more than the quota, a share is good for a few seconds only, and a worker that joins others sends nothing for as
long: by then all of them have counted it. One that is gone is counted until its heartbeat is too old, which leaves
some of the quota unused and never too much used. They all work on one queue, so under load no share lies idle.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from mailroom.delivery.bucket import Bucket
from mailroom.delivery.transport import Quota, QuotaSource, Unavailable

logger = logging.getLogger(__name__)

_SHARE_SECONDS = 5.0
_READ_SECONDS = 120.0


class Cause(StrEnum):
    """What a message waits for: its turn, the next day's quota, or a transport that is away."""

    RATE = "rate"
    QUOTA = "quota"
    BREAKER = "breaker"


@dataclass(frozen=True, slots=True)
class Wait:
    """It can't go on for so many seconds. `reason` is for the caller of the API: None where it isn't worth telling."""

    seconds: float
    cause: Cause
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """What was found out last: the whole quota, and how many workers share it."""

    quota: Quota
    workers: int

    @property
    def rate(self) -> float | None:
        """Messages a second for each worker."""
        return None if self.quota.rate is None else self.quota.rate / self.workers

    @property
    def left(self) -> float | None:
        """Messages that are left today for each worker."""
        return None if self.quota.per_day is None else (self.quota.per_day - self.quota.sent) / self.workers


class Allowance:
    """The share of one worker. `rate` is said by people: messages a second of all workers, whatever the source says.

    `count_workers` returns how many are alive; it raises StorageUnavailable. `tell` is told what was found out.
    """

    def __init__(
        self,
        source: QuotaSource | None,
        count_workers: Callable[[], int],
        rate: float | None = None,
        tell: Callable[[Share], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._count_workers = count_workers
        self._rate = rate
        self._tell = tell
        self._clock = clock
        self.bucket = Bucket(clock)
        self._renewing = threading.Lock()
        self._lock = threading.Lock()
        self._share = Share(Quota(rate), 1)
        self._left: float | None = None
        self._worker: int | None = None
        self._read_at = self._share_ends = self._quiet_until = -float("inf")
        self._unread = False

    def due(self, worker: int | None) -> bool:
        """Whether `renew` has to be called before the next message. `worker` is the queue's number of this worker."""
        return self._clock() >= self._share_ends or worker != self._worker

    def renew(self, worker: int | None) -> None:
        """Look again at quota and workers, once for all who ask at the same time. Raises StorageUnavailable.

        It asks transport and database: call it in a thread. The worker must be registered already.
        """
        with self._renewing:
            if not self.due(worker):
                return
            quota = self._quota()
            began = self._clock()
            limited = quota.rate is not None or quota.per_day is not None
            joins = worker != self._worker
            self._now_is(Share(quota, max(self._count_workers(), 1) if limited else 1), anew=joins)
            if joins and self._share.workers > 1:
                self._quiet_until = self._clock() + _SHARE_SECONDS
            self._worker, self._share_ends = worker, began + _SHARE_SECONDS

    def refresh(self) -> None:
        """Read the quota where that was some time ago, so that it is known also while nothing is sent."""
        with self._renewing:
            if self._is_old():
                self._now_is(Share(self._quota(), self._share.workers), anew=True)

    def take(self) -> Wait | None:
        """Take leave for one message; or return what has to be waited for."""
        with self._lock:
            now = self._clock()
            if self._left is not None and self._left < 1:
                return Wait(max(self._read_at + _READ_SECONDS - now, 1.0), Cause.QUOTA, self._used_up())
            if now < self._quiet_until:
                return Wait(self._quiet_until - now, Cause.RATE)
            if seconds := self.bucket.take():
                return Wait(seconds, Cause.RATE)
            if self._left is not None:
                self._left -= 1
            return None

    def used_up(self) -> float:
        """Take note that the transport takes no more today. Returns the seconds until it is worth asking again."""
        with self._lock:
            self._left = 0
            return max(self._read_at + _READ_SECONDS - self._clock(), 1.0)

    def _is_old(self) -> bool:
        return self._clock() >= self._read_at + _READ_SECONDS

    def _quota(self) -> Quota:
        return self._read() if self._is_old() else self._share.quota

    def _now_is(self, share: Share, *, anew: bool) -> None:
        with self._lock:
            # What was sent since the last reading is counted down here: only another reading may forget that.
            if anew or share.quota is not self._share.quota:
                self._left = share.left
            self._share = share
        self.bucket.set_rate(share.rate)
        self._tell(share)

    def _read(self) -> Quota:
        quota = Quota(None)
        if self._source is not None:
            try:
                quota = self._source.quota()
                self._unread = False
            except Unavailable as error:
                quota = self._without_reading(error)
        self._read_at = self._clock()
        return Quota(self._rate or quota.rate, quota.per_day, quota.sent)

    def _without_reading(self, error: Unavailable) -> Quota:
        if not self._unread:
            logger.warning("the quota can't be read: what was known of the rate holds", extra={"code": error.code})
        self._unread = True
        return Quota(self._share.quota.rate)

    def _used_up(self) -> str:
        per_day = self._share.quota.per_day
        said = "" if per_day is None else f" of {per_day:.0f} messages in 24 hours"
        return f"The quota{said} is used up: the message waits until some of it is free again."
