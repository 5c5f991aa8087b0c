"""Mailroom, the business: what was sent, what came back, what it costs, who sends."""

from __future__ import annotations

from monitoring.dashboards.src.frame import Board, Section, frame
from monitoring.dashboards.src.panels import About, Query, bars, figure, graph, timeline
from monitoring.dashboards.src.promql import gained, growth, quantile, rate, share, total
from monitoring.dashboards.src.sdk import models
from monitoring.dashboards.src.variables import ses_price

BOARD = Board(
    "slipway-mailroom",
    "Mailroom",
    "The business: what was accepted and sent, what bounced, what SES costs, and who sends most.",
    [ses_price()],
    since="now-24h",
)
# At 5 % of bounces and 0.1 % of complaints SES reviews an account, at 10 % and 0.5 % it may stop it.
# https://docs.aws.amazon.com/ses/latest/dg/reputationdashboardmessages.html
_BOUNCES = (0.05, 0.1)
_COMPLAINTS = (0.001, 0.005)


def dashboard() -> models.Dashboard:
    """Totals of the time that is looked at first; then how it went, how SES took it, and who it was."""
    return frame(BOARD, [_totals(), _messages(), _ses(), _waits(), _people()])


def _count(kind: str) -> str:
    return total(gained(f"mailroom_messages_{kind}_total"))


def _totals() -> Section:
    sent = _count("sent")
    cost = f"{sent} / 1000 * $price"
    return "", [
        figure(About("Accepted", "Messages that were stored and queued in this time.", "short", 3), _count("accepted")),
        figure(About("Sent", "Messages that SES took in this time.", "short", 3), sent),
        figure(
            About("Given up", "Messages of this time that were given up, with a reason.", "short", 3),
            _count("failed"),
            limits=(1, 10),
        ),
        figure(
            About("Bounced", "Messages that bounced for good, of those sent; SES reviews at 5 %.", "percentunit", 3),
            share(_count("bounced"), sent),
            limits=_BOUNCES,
        ),
        figure(
            About("Complaints", "Messages called spam, of those sent; SES reviews at 0.1 %.", "percentunit", 3),
            share(_count("complained"), sent),
            limits=_COMPLAINTS,
        ),
        figure(
            About("Cost", "What SES takes for the messages of this time: sent, by the price above.", "currencyUSD", 3),
            cost,
        ),
        figure(
            About("Cost of 30 days", "What SES would take for 30 days like this time.", "currencyUSD", 3),
            f"{cost} / $__range_s * 2592000",
        ),
        figure(About("People", "People who logged in within 24 hours.", "short", 3), "max(mailroom_users_active)"),
    ]


def _messages() -> Section:
    outcomes = {"accepted": "accepted", "sent": "sent", "failed": "given up", "suppressed": "suppressed"}
    fates = {"delivered": "delivered", "bounced": "bounced", "complained": "called spam"}
    return "Messages", [
        graph(
            About("Accepted and sent", "Messages a second, and what became of them here.", "mps"),
            [Query(total(rate(f"mailroom_messages_{kind}_total")), name) for kind, name in outcomes.items()],
        ),
        graph(
            About("Bounced and delivered", "What SES told of messages, a second.", "mps"),
            [Query(total(rate(f"mailroom_messages_{kind}_total")), name) for kind, name in fates.items()],
        ),
        graph(
            About("Cost an hour", "What SES takes for an hour like this, by the price above.", "currencyUSD"),
            [Query(f"{total(rate('mailroom_messages_sent_total'))} * 3.6 * $price", "an hour")],
        ),
    ]


def _ses() -> Section:
    seconds = "mailroom_transport_call_duration_seconds"
    return "SES", [
        graph(
            About("Calls", "Messages handed to SES a second, by what it answered.", "ops"),
            [Query(total(rate("mailroom_transport_calls_total"), "outcome"), "{{outcome}}")],
            stacked=True,
        ),
        graph(
            About("Duration of calls", "How long SES takes to answer: median, 95 and 99 of 100.", "s"),
            [Query(quantile(part, seconds), f"p{part * 100:g}") for part in (0.5, 0.95, 0.99)],
        ),
        graph(
            About("Quota of a day", "Messages in 24 hours that SES has counted, and that it takes.", "short"),
            [
                Query("max(mailroom_quota_day_sent)", "sent"),
                # Without a limit it is -1.
                Query("max(mailroom_quota_day) > 0", "limit"),
            ],
        ),
    ]


def _waits() -> Section:
    return "What held messages back", [
        graph(
            About("Waiting", "Seconds that messages in hand waited, a second, by what for.", "s"),
            [Query(total(rate("mailroom_delivery_waited_seconds_total"), "cause"), "{{cause}}")],
            stacked=True,
        ),
        timeline(
            About("Breaker", "The state of the breaker before SES, worker by worker.", "bool_on_off"),
            [Query("mailroom_breaker_state > 0", "{{instance}} {{slot}} {{state}}")],
        ),
        graph(
            About("Notices of SES", "Notices a second, by what came of them.", "ops"),
            [Query(total(rate("mailroom_notices_total"), "outcome"), "{{outcome}}")],
        ),
    ]


def _people() -> Section:
    return "Who", [
        bars(
            About("Top senders", "Messages of this calendar month (UTC) that SES took, by who sent most.", "short", 12),
            Query("max by (sender) (mailroom_top_senders_messages)", "{{sender}}"),
        ),
        graph(
            About("Suppressions", "Addresses put on the suppression list, point by point, by the reason.", "short", 6),
            [Query(total(growth("mailroom_suppressions_total"), "reason"), "{{reason}}")],
        ),
        graph(
            About("Logins", "Attempts to log in a second, by what came of them.", "ops", 6),
            [Query(total(rate("mailroom_logins_total"), "outcome"), "{{outcome}}")],
        ),
    ]
