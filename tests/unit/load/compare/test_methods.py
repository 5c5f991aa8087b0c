"""The ways to release, and what lies on the host for them."""

import subprocess

import pytest

from tests.load.compare import files
from tests.load.compare.methods import METHODS, Method
from tests.load.compare.scripts import PRELUDE

BY_KEY = {method.key: method for method in METHODS}


def text(method: Method, path: str) -> str:
    return files.configuration(method, 2)[path].decode()


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.key)
def test_every_script_is_one_that_bash_can_read(method: Method) -> None:
    for script in (method.start, method.release):
        done = subprocess.run(["bash", "-n"], input=PRELUDE + script, capture_output=True, text=True, check=False)
        assert done.stderr == ""


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.key)
def test_every_way_runs_the_same_service_with_the_same_workers(method: Method) -> None:
    assert text(method, "/etc/tiny/gunicorn.conf.py") == text(METHODS[0], "/etc/tiny/gunicorn.conf.py")
    assert "TINY_IMPORT_SECONDS=2\n" in text(method, "/etc/systemd/system/tiny-web@.service")


def test_nginx_lists_all_lanes_for_slipway() -> None:
    listed = text(BY_KEY["lanes"], "/etc/nginx/upstream.conf")

    assert listed.count("server unix:/srv/tiny/lanes/") == 20


def test_a_service_listens_by_itself_only_where_systemd_does_not() -> None:
    path = "/etc/systemd/system/tiny-web@.service"

    assert "--bind unix:/run/tiny/%i.sock" in text(BY_KEY["restart"], path)
    assert "--bind" not in text(BY_KEY["restart-socket"], path)


def test_releases_differ_in_their_version_alone() -> None:
    laid_down = files.releases(["1.0.0", "1.0.1"])

    assert laid_down["/srv/tiny/releases/1.0.0/tiny.py"] == laid_down["/srv/tiny/releases/1.0.1/tiny.py"]
    assert laid_down["/srv/tiny/releases/1.0.1/version"] == b"1.0.1\n"


def test_the_host_gets_the_modules_of_this_repository() -> None:
    assert {"/opt/compare/library/lanes.py", "/opt/compare/ansible/module_utils/slots.py"} <= set(files.tools())
