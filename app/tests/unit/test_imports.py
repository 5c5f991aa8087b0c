from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "mailroom"
OUTER = {"flask", "werkzeug", "psycopg", "psycopg_pool", "procrastinate", "redis", "boto3", "botocore"}
DOMAIN = [
    "ids.py",
    "errors.py",
    "messages/entities.py",
    "messages/addresses.py",
    "messages/schemas.py",
    "messages/service.py",
    "keys/entities.py",
    "keys/service.py",
    "health/service.py",
    "delivery/service.py",
    "delivery/transport.py",
]


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
