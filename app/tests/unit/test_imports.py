from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "mailroom"
OUTER = {"flask", "werkzeug", "psycopg", "psycopg_pool", "procrastinate", "redis", "limits", "boto3", "botocore"}
DOMAIN = [
    "access/authentication.py",
    "access/caller.py",
    "access/claims.py",
    "access/issuer_keys.py",
    "access/permissions.py",
    "accounts/entities.py",
    "accounts/logins.py",
    "accounts/passwords.py",
    "accounts/tokens.py",
    "accounts/users.py",
    "accounts/work.py",
    "ids.py",
    "errors.py",
    "feedback/admission.py",
    "feedback/canonical.py",
    "feedback/confirming.py",
    "feedback/effects.py",
    "feedback/entities.py",
    "feedback/intake.py",
    "feedback/places.py",
    "feedback/reports.py",
    "feedback/service.py",
    "messages/entities.py",
    "messages/lifecycle.py",
    "messages/acceptance.py",
    "messages/addresses.py",
    "messages/files.py",
    "messages/headers.py",
    "messages/limits.py",
    "messages/listing.py",
    "messages/repeats.py",
    "messages/storage.py",
    "messages/words.py",
    "idempotency/entities.py",
    "idempotency/service.py",
    "templates/entities.py",
    "templates/language.py",
    "templates/rendering.py",
    "templates/sandbox.py",
    "templates/service.py",
    "templates/variables.py",
    "pointers.py",
    "messages/service.py",
    "keys/entities.py",
    "keys/service.py",
    "health/service.py",
    "statistics/entities.py",
    "statistics/folding.py",
    "statistics/service.py",
    "upkeep/entities.py",
    "upkeep/service.py",
    "delivery/admission.py",
    "delivery/allowance.py",
    "delivery/breaker.py",
    "delivery/bucket.py",
    "delivery/guarded.py",
    "delivery/mime.py",
    "delivery/service.py",
    "delivery/transport.py",
    "suppressions/entities.py",
    "suppressions/service.py",
    "suppressions/unsubscribe_token.py",
    "suppressions/unsubscribing.py",
    "ratelimits/entities.py",
    "ratelimits/failing.py",
    "ratelimits/failover.py",
    "ratelimits/local.py",
    "ratelimits/service.py",
    "delivery/work.py",
    "tracing/tracer.py",
]
_CHECKING = ("certificates", "signatures")


@pytest.mark.parametrize("module", DOMAIN)
def test_the_domain_knows_neither_the_web_nor_the_database(module: str) -> None:
    imported = set()
    for node in ast.walk(ast.parse((SOURCE / module).read_text())):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            imported.add(node.module.split(".")[0])

    assert not imported & OUTER


def test_the_web_process_does_not_load_boto3() -> None:
    program = "import mailroom.app, sys; sys.exit(any(name in sys.modules for name in ('boto3', 'botocore')))"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.parametrize("module", ["mailroom.app", "mailroom.delivery.run"])
def test_what_checks_certificates_is_loaded_only_where_topics_are_configured(module: str) -> None:
    program = f"import {module}, sys; sys.exit(any('mailroom.feedback.' + name in sys.modules for name in {_CHECKING}))"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_worker_does_not_load_what_limits_requests() -> None:
    program = "import mailroom.delivery.run, sys; sys.exit('limits' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_only_a_web_process_that_needs_them_loads_what_tokens_and_passwords_take() -> None:
    program = (
        "import sys, mailroom.delivery.run; assert not {'jwt', 'argon2'} & sys.modules.keys();"
        "import mailroom.app; assert 'jwt' not in sys.modules"
    )

    subprocess.run([sys.executable, "-c", program], check=True)


def test_the_worker_loads_boto3_only_to_send_by_ses() -> None:
    program = "import mailroom.delivery.run, sys; sys.exit(any(name in sys.modules for name in ('boto3', 'botocore')))"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.parametrize(
    ("process", "unwanted"),
    [
        # redis-py loads OpenTelemetry's metrics wherever they are installed: 2 MB.
        ("mailroom.app", ("opentelemetry.sdk.trace", "opentelemetry.exporter", "google.protobuf")),
        ("mailroom.delivery.run", ("opentelemetry",)),
    ],
)
def test_who_traces_nothing_loads_nothing_for_it(process: str, unwanted: tuple[str, ...]) -> None:
    program = (
        f"import {process}, sys; from mailroom.tracing.tracer import open_tracer; open_tracer(None, 'x');"
        f"sys.exit(any(name in sys.modules for name in {unwanted}))"
    )

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_importing_starts_no_thread_and_registers_no_metric() -> None:
    program = (
        "import threading, mailroom.app, mailroom.delivery.run; from prometheus_client import REGISTRY;"
        "assert threading.active_count() == 1; assert not [m for m in REGISTRY.collect() if 'mailroom' in m.name]"
    )

    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_module_stays_readable(path: Path) -> None:
    text = path.read_text()

    assert len(text.splitlines()) <= 200
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 40, node.name
