"""Requests of a load are found in a log, missing or repeated."""

from tests.load.access_log import check_access_log

LINE = '{{"time": "2025-01-01T00:00:00Z", "request_id": "load-{run}-{number}", "upstream_id": "load-{run}-{number}"}}'


def lines(*numbers: int, run: str = "feed") -> list[str]:
    return [LINE.format(run=run, number=number) for number in numbers]


def test_a_log_with_each_request_once_is_clean() -> None:
    check = check_access_log(lines(2, 0, 1), "feed", 3)
    assert check.clean
    assert check.lines == 3


def test_a_request_that_is_not_in_the_log_is_named() -> None:
    assert check_access_log(lines(0, 2), "feed", 3).missing == ("load-feed-1",)


def test_a_request_that_is_in_the_log_twice_is_named() -> None:
    assert check_access_log(lines(0, 1, 1, 2), "feed", 3).repeated == ("load-feed-1",)


def test_a_request_that_was_never_sent_is_counted() -> None:
    assert check_access_log(lines(0, 1, 9), "feed", 2).strangers == 1


def test_another_run_is_ignored() -> None:
    check = check_access_log([*lines(0, 1), *lines(0, 1, 5, run="cafe"), "nothing"], "feed", 2)
    assert check.clean
    assert check.lines == 2
