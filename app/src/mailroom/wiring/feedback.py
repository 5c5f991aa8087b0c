"""What SES reports, and links to end mail. What checks signatures is loaded only where topics are configured."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from mailroom.config import FeedbackSettings
from mailroom.db.unit_of_work import UnitOfWorkFactory
from mailroom.feedback.admission import Admission
from mailroom.feedback.confirming import Confirmation
from mailroom.feedback.fetching import HttpsFetch
from mailroom.feedback.intake import ClosedIntake, Intake, NoticeIntake
from mailroom.feedback.metrics import FeedbackMetrics
from mailroom.feedback.places import Places
from mailroom.feedback.service import FeedbackService
from mailroom.suppressions.unsubscribing import UnsubscribeService

logger = logging.getLogger(__name__)


def make_intake(settings: FeedbackSettings, unit_of_work: UnitOfWorkFactory, metrics: FeedbackMetrics) -> Intake:
    """Return what takes notices in: nothing where no topic is configured."""
    if not settings.topics:
        logger.info("notices of SES are off: MAILROOM_SES_TOPICS is not set")
        return ClosedIntake()
    # 7 MB that a process without topics can do without.
    from mailroom.feedback.certificates import Certificates  # noqa: PLC0415 - see above
    from mailroom.feedback.signatures import Signatures  # noqa: PLC0415 - see above

    fetch, places = HttpsFetch(settings.authority), Places(settings.sns_host)
    return NoticeIntake(
        Admission(settings.topics, Signatures(places, Certificates(fetch))),
        Confirmation(places, fetch),
        FeedbackService(unit_of_work, metrics),
        metrics.noticed,
    )


def make_unsubscribing(
    keys: Sequence[bytes], unit_of_work: UnitOfWorkFactory, metrics: FeedbackMetrics
) -> UnsubscribeService:
    """Return what ends mail to whoever follows a link: nobody where there is no key to sign links with."""
    if not keys:
        logger.info("links to end mail are off: there is no secret unsubscribe_keys")
    return UnsubscribeService(unit_of_work, keys, metrics.suppressed)
