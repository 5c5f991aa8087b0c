"""Shut for maintenance: who is told so, how, and who comes through. A real nginx serves what the role lays down."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mtail import counted
from tests.templates.live_edge import Edge, live_edge

TEAM, WATCHER, CLIENT = "198.51.100.9", "10.20.0.30", "203.0.113.7"
TEXT = "We'll be back; \"soon\" costs $5 \\o/ at Müller's <b>"
PAGE = "text/html,application/xhtml+xml;q=0.9"


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    site = {"health_paths": ["/health/", "/healthz"]}
    with live_edge(
        tmp_path_factory.mktemp("edge"),
        site=site,
        nginx_own_addresses=[WATCHER],
        nginx_maintenance_addresses=["198.51.100.0/24"],
        nginx_maintenance_text=TEXT,
        nginx_maintenance_retry_after=120,
        nginx_heartbeats=[{"name": "staging", "token": "a" * 32}],
    ) as running:
        yield running


@pytest.fixture
def shut(edge: Edge) -> Iterator[Edge]:
    """Shut the site for one test."""
    edge.flag.touch()
    yield edge
    edge.flag.unlink()


def test_a_file_shuts_the_site_and_opens_it_again_without_a_reload(edge: Edge) -> None:
    seen = [edge.ask("/").status]
    edge.flag.touch()
    seen.append(edge.ask("/").status)
    edge.flag.unlink()
    seen.append(edge.ask("/").status)

    assert seen == [200, 503, 200]


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_program_gets_a_problem_document_whatever_its_method(shut: Edge, method: str) -> None:
    answer = shut.ask("/api/v1/messages", method=method, X_Request_ID="abc-1")

    assert answer.status == 503
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json() == {
        "type": "about:blank",
        "title": "Service Unavailable",
        "status": 503,
        "detail": TEXT,
        "request_id": "abc-1",
    }


def test_a_browser_gets_a_page(shut: Edge) -> None:
    answer = shut.ask("/", Accept=PAGE, X_Request_ID="abc-2")

    assert (answer.status, answer.headers["Content-Type"]) == (503, "text/html; charset=utf-8")
    said = answer.body.decode()
    assert (
        "<p>We&#39;ll be back; &#34;soon&#34; costs $5 \\o/ at Müller&#39;s &lt;b&gt;</p><p>Request abc-2</p>" in said
    )


@pytest.mark.parametrize("accept", [PAGE, "*/*"])
def test_clients_are_told_when_to_ask_again_and_nothing_keeps_the_answer(shut: Edge, accept: str) -> None:
    headers = shut.ask("/", Accept=accept, X_Request_ID="abc-3").headers

    assert (headers["Retry-After"], headers["Cache-Control"]) == ("120", "no-store")
    assert headers["Strict-Transport-Security"].startswith("max-age=")
    assert headers.get_all("X-Request-ID") == ["abc-3"]


@pytest.mark.parametrize("client", [TEAM, WATCHER])
def test_the_team_and_the_probe_use_the_site_as_ever(shut: Edge, client: str) -> None:
    assert shut.ask("/api/v1/messages", client).json()["path"] == "/api/v1/messages"


@pytest.mark.parametrize("path", ["/health/ready", "/health/", "/healthz", "/healthz?verbose=1"])
def test_health_is_told_to_everybody(shut: Edge, path: str) -> None:
    assert shut.ask(path).json()["path"] == path


@pytest.mark.parametrize("path", ["/healthz/more", "/healthzz", "/health", "/x/health/ready"])
def test_what_only_looks_like_health_is_shut(shut: Edge, path: str) -> None:
    assert shut.ask(path).status == 503


def test_another_environments_heartbeat_is_heard(shut: Edge) -> None:
    assert shut.ask("/heartbeat/staging", method="POST", Authorization=f"Bearer {'a' * 32}").status == 204


def test_an_applications_own_503_passes_as_it_is(edge: Edge) -> None:
    answer = edge.ask("/fails/now")

    assert (answer.status, answer.json()["path"]) == (503, "/fails/now")
    assert answer.headers["Retry-After"] is None


def test_what_was_shut_out_is_logged_and_not_counted_as_an_error(shut: Edge) -> None:
    shut.ask("/shut/out", X_Request_ID="shut-1")
    shut.ask("/let/in", TEAM, X_Request_ID="let-1")
    lines = {line["request_id"]: line for line in shut.lines()}

    assert (lines["shut-1"]["status"], lines["shut-1"]["maintenance"]) == (503, True)
    assert (lines["shut-1"]["site"], lines["shut-1"]["path"]) == ("mailroom", "/shut/out")
    assert "maintenance" not in lines["let-1"]


def test_mtail_leaves_those_lines_out(shut: Edge) -> None:
    shut.ask("/", X_Request_ID="shut-2")
    shut.lines()
    log = (shut.folder / "log/access.log").read_text().splitlines(keepends=True)
    (line,) = [line for line in log if "shut-2" in line]

    counts = counted("roles/exporters/files/nginx.mtail", line + line.replace('"maintenance":true,', ""))
    assert counts['nginx_http_requests_total{site="mailroom",status_class="5xx"}'] == 1


def test_a_page_of_ones_own_is_sent_as_it_is(tmp_path: Path) -> None:
    own = "<!doctype html><title>Back soon</title>\n<style>p { color: \"red\" }</style><p id='p'>$1 \\ %id%"
    with live_edge(tmp_path, nginx_maintenance_page=own) as edge:
        edge.flag.touch()
        answer = edge.ask("/", Accept=PAGE, X_Request_ID="abc-4")

    assert answer.body.decode() == own.replace("%id%", "abc-4")
