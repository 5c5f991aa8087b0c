"""Faults of Mailroom, its worker, and SES."""

from __future__ import annotations

from tests.faults.asking import crowd, post_messages, read_messages
from tests.faults.cutting import MENDED, cut
from tests.faults.database import as_administrator, locked_but_for_moments
from tests.faults.fault import BUDGET_OVER, STOP, Fault, Place, in_background
from tools.up import addresses

SMALL_POOL = "/run/systemd/system/mailroom-web@.service.d/fault.conf"
LIVE = "live=$(readlink /srv/mailroom/lanes/00.sock | grep -oE 'blue|green')"
SES = (addresses()[2], 4566)

# Until the worker says that the breaker isn't closed, for two minutes at the most.
BREAKER_OPENS = """
query='http://127.0.0.1:9090/api/v1/query?query=mailroom_breaker_state%7Bstate%3D%22closed%22%7D%3D%3D0'
timeout 120 sh -c 'until curl --silent --fail "$0" | grep -q instance; do sleep 2; done' "$query"
"""
CANCELS = as_administrator("update messages set state = 'cancelled' where state = 'queued'")
HOLD = "begin; select 1 from messages where state = 'queued' limit 1 for update; select pg_sleep({}); rollback"


def hold_a_message(place: Place, seconds: int = 1400) -> None:
    """Have messages wait while the worker hangs, lock the row of one, and let the worker go on."""
    place.run("systemctl kill --signal=SIGSTOP 'mailroom-worker@*.service'")
    post_messages(place)
    place.run(in_background(f'psql --quiet --dbname mailroom --command "{HOLD.format(seconds)}"', "User=postgres"))
    place.run("sleep 2; systemctl kill --signal=SIGCONT 'mailroom-worker@*.service'")


def ask_a_while(place: Place) -> None:
    """Ask some hundreds of times."""
    for _ in range(20):
        read_messages(place)


def leave_the_breaker_open(place: Place) -> None:
    """Have some messages fail until the breaker opens, and then be cancelled, so that nobody tries any more."""
    place.run(cut(*SES, "drop"))
    post_messages(place)
    place.run(BREAKER_OPENS)
    place.run(CANCELS)


def mend_and_post(place: Place) -> None:
    """Mend the way to SES, and have a message find out."""
    place.run(MENDED)
    post_messages(place)


FAULTS = (
    Fault(
        alert="ServiceDown",
        what="the web services of both slots are stopped",
        make="systemctl stop 'mailroom-web@*.socket' 'mailroom-web@*.service'",
        mend=f"{LIVE}; systemctl start mailroom-web@$live.socket mailroom-web@$live.service",
    ),
    Fault(
        alert="NoSlotActive",
        what="the live slot's web service is stopped, the other runs",
        make=f"{LIVE}; idle=$([ $live = blue ] && echo green || echo blue)\n"
        "systemctl start mailroom-web@$idle.service\n"
        "systemctl stop mailroom-web@$live.socket mailroom-web@$live.service",
        mend=f"{LIVE}; systemctl start mailroom-web@$live.socket mailroom-web@$live.service",
    ),
    Fault(
        alert="WorkerDown",
        what="the worker hangs (SIGSTOP)",
        make="systemctl kill --signal=SIGSTOP 'mailroom-worker@*.service'",
        mend="systemctl kill --signal=SIGCONT 'mailroom-worker@*.service'",
    ),
    Fault(
        alert="DeliveriesFailing",
        what="SES refuses connections",
        make=cut(*SES, "reject with tcp reset"),
        mend=MENDED,
        clients=post_messages,
        # Mail waits.
        beside=frozenset({"BreakerOpen"}),
    ),
    Fault(
        alert="BreakerOpen",
        what="SES answers nothing, and nobody has mail to send any more",
        make=leave_the_breaker_open,
        mend=mend_and_post,
        # Until the last message is cancelled.
        beside=frozenset({"DeliveriesFailing"}),
    ),
    Fault(
        alert="MetricFilesMany",
        what="processes that ended again and again left their files",
        make=f"""{LIVE}; cd /run/mailroom-web-$live
for n in $(seq 300); do cp -p $(ls counter_*.db | head -n 1) counter_9$(printf %05d $n).db; done""",
        mend=f"{LIVE}; rm -f /run/mailroom-web-$live/counter_9?????.db",
    ),
    Fault(
        alert="PoolExhausted",
        what="a process has one connection for its four threads, and a table is unlocked for moments only",
        make=f"{LIVE}; install -D /dev/null {SMALL_POOL}\n"
        f"printf '[Service]\\nEnvironment=MAILROOM_DATABASE_POOL_SIZE=1\\n' > {SMALL_POOL}\n"
        f"systemctl daemon-reload; systemctl restart mailroom-web@$live.service\n"
        + locked_but_for_moments("messages", "0.12"),
        mend=f"{STOP}; {LIVE}; rm {SMALL_POOL}; systemctl daemon-reload; systemctl restart mailroom-web@$live.service",
        # None waits for so long that a budget burns: that page would hold this ticket back.
        clients=crowd,
        # The live slot is restarted for the setting.
        beside=frozenset({"NoSlotActive", "ServiceDown"}),
        limit=480,
        slow=True,
    ),
    Fault(
        alert="SloUnmeasured",
        what="nobody probes the site any more: the probes' exporter is stopped",
        make="systemctl stop prometheus-blackbox-exporter",
        mend="systemctl start prometheus-blackbox-exporter",
        limit=900,
        slow=True,
    ),
    Fault(
        alert="QueueBudgetBurns",
        what="a message has waited for more than 5 minutes, and goes on",
        make=lambda place: hold_a_message(place, 360),
        mend=STOP,
        beside=frozenset({"QueueBudgetBurnsFast"}),
        # Others are delivered, or DeliveriesFailing would explain it.
        clients=post_messages,
        limit=900,
        over=BUDGET_OVER,
        slow=True,
    ),
    Fault(
        alert="QueueBudgetBurnsFast",
        what="a transaction holds the row of a message that waits, for more than 5 minutes",
        make=hold_a_message,
        mend=STOP,
        # Others are delivered, or DeliveriesFailing would explain it.
        clients=post_messages,
        limit=900,
        slow=True,
    ),
    Fault(
        alert="NoTraffic",
        what="clients asked for an hour's worth, and don't ask any more",
        make=ask_a_while,
        # Somebody asks again.
        mend=read_messages,
        limit=2400,
        slow=True,
    ),
    Fault(
        alert="ReachabilityBudgetBurns",
        what="nginx goes away for ten seconds of every thirty",
        make=in_background(
            "for n in $(seq 45); do systemctl stop nginx; sleep 10; systemctl start nginx; sleep 20; done"
        ),
        mend=f"{STOP}; systemctl start nginx",
        beside=frozenset({"ProbeFailed", "NginxDown"}),
        limit=900,
        over=BUDGET_OVER,
        slow=True,
    ),
)
