"""SLO and error budget: what was promised, how much of the budget is left, and how fast it goes.

Names and windows are those of docs/slo.md. A burn rate of 1 uses the budget up in just 30 days. Somebody is woken up,
or a ticket is made, when the long and the short window of a panel are both above its dashed line.
"""

from __future__ import annotations

from monitoring.dashboards.src.frame import Board, Section, frame
from monitoring.dashboards.src.panels import About, Query, bars, figure, graph
from monitoring.dashboards.src.promql import select
from monitoring.dashboards.src.sdk import Builder, models
from monitoring.dashboards.src.variables import objectives
from monitoring.slo import recipe

BOARD = Board(
    "slipway-slo",
    "SLO and error budget",
    "What was promised, how much of the error budget of 30 days is left, and how fast it is used up.",
    [objectives()],
    since="now-24h",
)
_ASKED = 'slo=~"$slo"'
_LEFT = select(f"slo:budget_left:ratio{recipe.BUDGET_WINDOW}", _ASKED)


def dashboard() -> models.Dashboard:
    """Show what is left, then how fast it goes, then what it is counted from."""
    return frame(
        BOARD,
        [
            _now(),
            _budget(),
            ("Burn rates that page", [_burn(pair) for pair in recipe.PAIRS["page"]]),
            ("Burn rates that make a ticket", [_burn(pair) for pair in recipe.PAIRS["ticket"]]),
            _events(),
        ],
    )


def _now() -> Section:
    return "", [
        figure(
            About(
                "Least budget left",
                "What is left of the error budget of 30 days where least is left.",
                "percentunit",
                6,
            ),
            f"min({_LEFT})",
            limits=(0.5, 0),
        ),
        figure(
            About("Objectives kept", "Share of the objectives with some of their budget left.", "percentunit", 6),
            f"avg({_LEFT} > bool 0)",
            limits=(1, 0.99),
        ),
        *(
            figure(
                About(
                    f"Burn rate of {pair.long}", f"The highest burn rate over {pair.long}; at 1 it lasts.", "short", 6
                ),
                f"max({select(f'slo:burn_rate:{pair.long}', _ASKED)})",
                limits=(1, pair.rate),
            )
            for pair in recipe.PAIRS["page"]
        ),
    ]


def _budget() -> Section:
    return "Error budget of 30 days", [
        bars(
            About("Left now", "What is left of each budget; below 0 it is overspent.", "percentunit", 8),
            Query(_LEFT, "{{slo}}"),
        ),
        graph(
            About(
                "Left",
                "How each budget went down, and up again as bad times get older than 30 days.",
                "percentunit",
                16,
                floor=None,
            ),
            [Query(_LEFT, "{{slo}}")],
            maximum=1,
        ),
    ]


def _burn(pair: recipe.Pair) -> Builder[models.Panel]:
    windows = (pair.long, pair.short)
    text = f"Burn rates over {pair.long} and {pair.short}; both above {pair.rate:g} alert."
    return graph(
        About(f"{pair.long} and {pair.short}", text, "short", 12, beside=True),
        [Query(select(f"slo:burn_rate:{window}", _ASKED), f"{{{{slo}}}} {window}") for window in windows],
        limit=pair.rate,
    )


def _events() -> Section:
    bad, every = (select(f"slo:{what}:rate{recipe.BASE_WINDOW}", _ASKED) for what in ("bad_events", "events"))
    return "What it is counted from", [
        graph(
            About("Bad events", "Share of a minute's events that broke the promise.", "percentunit"),
            [Query(f"{bad} / ({every} > 0)", "{{slo}}")],
        ),
        graph(
            About("Events", "Events a second that a promise is about: requests, or seconds.", "ops"),
            [Query(every, "{{slo}}")],
        ),
        bars(
            About("Bad events of 30 days", "How many events broke a promise in 30 days.", "short"),
            Query(select(f"slo:bad_events:count{recipe.BUDGET_WINDOW}", _ASKED), "{{slo}}"),
        ),
    ]
