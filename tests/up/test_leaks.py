"""No secret is where others could read it: in output, processes, journals, files; on the host and the control node."""

from __future__ import annotations

import pytest

from tests.lab.host import Host
from tests.leaks.search import Secrets, Watched, search, watched, written
from tests.local_host import LocalHost

pytestmark = pytest.mark.timeout(900)

KINDS = {"postgresql_owner", "mailroom_api_key", "mailroom_token_key", "grafana_admin", "ssh_key"}


@pytest.fixture(scope="module")
def released_again(up: LocalHost, the_host: Host, secrets: Secrets) -> Watched:
    """Release the live version once more, saying all that Ansible can say."""
    with watched([the_host], secrets) as seen:
        played = up.play(
            "release.yml", "-e", f"release_version={up.version}", "-e", "release_fast=true", "-vvv", "--diff"
        )
    assert played.code == 0, played.output[-6000:]
    return Watched(played, seen)


def test_there_are_values_to_look_for(secrets: Secrets) -> None:
    assert set(secrets) >= KINDS
    assert all(secrets.values())


def test_no_secret_is_seen_in_a_process_while_a_host_is_converged_and_released_to(
    converged_again: Watched, released_again: Watched
) -> None:
    assert [*converged_again.seen, *released_again.seen] == []


@pytest.mark.usefixtures("converged_again", "released_again")
def test_no_secret_is_in_what_plays_printed_or_in_a_file_of_the_control_node_that_all_can_read(
    up: LocalHost, secrets: Secrets
) -> None:
    assert written(up.state, secrets) == []


@pytest.mark.usefixtures("converged_again", "released_again")
def test_no_secret_is_in_a_journal_a_process_or_a_file_of_the_host_that_others_can_read(
    the_host: Host, secrets: Secrets
) -> None:
    assert search([the_host], secrets) == []
