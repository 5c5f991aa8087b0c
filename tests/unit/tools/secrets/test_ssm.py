"""Secrets as SecureString parameters: created, never overwritten, and changed only where nobody else did."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import yaml

from tests.unit import aws
from tests.unit.tools.secrets.checkout import Checkout
from tools.secrets import keys
from tools.secrets.errors import SecretsError
from tools.secrets.ssm import SsmStore
from tools.secrets.table import read_table

TABLE = read_table()


def test_every_secret_of_the_table_is_made_and_none_a_second_time(in_aws: Checkout) -> None:
    assert in_aws.make() == 0
    made = in_aws.parameters()
    assert set(made) == set(TABLE)

    assert in_aws.make() == 0
    assert in_aws.parameters() == made


def test_what_somebody_else_made_in_between_stays(in_aws: Checkout) -> None:
    told: list[str] = []
    store = SsmStore(in_aws.root, ("staging", aws.REGION), told.append)
    store.add({"vault_redis_password": "theirs"}, {})
    store.add({"vault_redis_password": "ours"}, {})

    assert in_aws.parameters() == {"vault_redis_password": "theirs"}
    assert "vault_redis_password was made by somebody else at the same time, and theirs stays." in told


def test_the_inventory_file_says_where_they_are_and_holds_none(in_aws: Checkout) -> None:
    in_aws.make()
    file = in_aws.root / "inventories/staging/ssm.yml"

    said = {"plugin": "slipway_ssm", "path": "/slipway/staging", "region": aws.REGION}
    assert yaml.safe_load(file.read_text(encoding="utf-8")) == said
    assert not in_aws.vault.exists()
    assert not in_aws.password.exists()


def test_another_region_is_written_into_the_inventory_file(in_aws: Checkout) -> None:
    in_aws.make()
    in_aws.says(secrets_backend="ssm", cloud_region="eu-west-1")
    in_aws.make()

    assert "region: eu-west-1" in (in_aws.root / "inventories/staging/ssm.yml").read_text(encoding="utf-8")


def test_more_parameters_than_fit_a_page_are_all_found(in_aws: Checkout) -> None:
    store = SsmStore(in_aws.root, ("staging", aws.REGION), print)
    store.add({f"vault_number_{number}": "x" for number in range(25)}, {})

    assert len(store.names()) == 25


def test_keys_are_changed_in_place(in_aws: Checkout) -> None:
    in_aws.make()
    name = "vault_mailroom_unsubscribe_keys"
    old = in_aws.parameters()[name]
    for verb in ("--rotate", "--sign"):
        assert in_aws.make(verb, name) == 0

    assert keys.listed(in_aws.parameters()[name])[1] == old
    assert keys.told(in_aws.parameters()[name]) == "key 2 signs; 1 accepted too"


def test_a_change_at_the_same_time_as_another_is_told(in_aws: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    in_aws.make()
    name = "vault_mailroom_unsubscribe_keys"
    store = SsmStore(in_aws.root, ("staging", aws.REGION), print)

    def slow(_: str | None) -> str:
        assert in_aws.make("--rotate", name) == 0
        return "ours"

    with pytest.raises(
        SecretsError, match=f"{name} was changed by somebody else at the same time: version 2 is theirs"
    ):
        store.change(name, slow)
    assert capsys.readouterr().err.count("Commit") == 1


def test_secrets_of_a_vault_are_brought_over_as_they_are(in_aws: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    in_aws.says(cloud_region=aws.REGION)
    in_aws.make()
    values = in_aws.values()
    in_aws.says(secrets_backend="ssm", cloud_region=aws.REGION)
    capsys.readouterr()

    assert in_aws.make() == 0
    assert in_aws.parameters() == values
    said = capsys.readouterr()
    assert said.out.count("brought over") == len(TABLE)
    assert "group_vars/all/vault.yml is still there and read too. Once a converge went well, `git rm` it." in said.err


def test_and_back_to_a_vault_too(in_aws: Checkout) -> None:
    in_aws.make()
    in_aws.says(secrets_backend="vault", cloud_region=aws.REGION)

    assert in_aws.make() == 0
    assert in_aws.values() == in_aws.parameters()


def test_who_is_not_logged_in_is_told_how(
    in_aws: Checkout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in aws.SOMEBODY:
        monkeypatch.delenv(name)

    assert in_aws.make() == 2
    assert "nobody is logged in to AWS for SSM /slipway/staging in eu-central-1; log in" in capsys.readouterr().err


def test_an_aws_that_does_not_answer_is_named(
    in_aws: Checkout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setattr("tools.secrets.ssm._PATIENT", None)

    assert in_aws.make() == 2
    assert 'Could not connect to the endpoint URL: "http://127.0.0.1:9/"' in capsys.readouterr().err


def test_a_value_that_is_too_long_is_refused_with_what_was_made_before(in_aws: Checkout) -> None:
    store = SsmStore(in_aws.root, ("staging", aws.REGION), print)
    with pytest.raises(SecretsError, match="vault_b would have 4097 bytes; Parameter Store takes 4096") as refused:
        store.add({"vault_a": "short", "vault_b": "x" * 4097}, {})

    assert "Made before that: vault_a; run it again." in str(refused.value)


@pytest.fixture
def refusing(in_aws: Checkout, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Checkout]]:
    """Return a function that has AWS refuse everything for a reason, quoting what it was sent."""
    reason = [""]

    class Refusal(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
            body = json.dumps({"__type": reason[0], "message": f"Nobody may send {sent}"}).encode()
            self.send_response(400)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Refusal)
    threading.Thread(target=server.serve_forever).start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")

    def refuse(code: str) -> Checkout:
        reason[0] = code
        return in_aws

    yield refuse
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (
            "ValidationException",
            "SSM /slipway/staging in eu-central-1: AWS refused PutParameter (ValidationException)\n",
        ),
        ("UnrecognizedClientException", "AWS doesn't take this login for SSM /slipway/staging in eu-central-1 "),
        ("ExpiredTokenException", "(ExpiredTokenException); log in to AWS: set AWS_PROFILE, or AWS_ACCESS_KEY_ID"),
    ],
)
def test_a_refusal_of_aws_is_told_without_what_it_quotes(
    refusing: Callable[[str], Checkout], capsys: pytest.CaptureFixture[str], code: str, message: str
) -> None:
    store = SsmStore(refusing(code).root, ("staging", aws.REGION), print)
    with pytest.raises(SecretsError) as refused:
        store.add({"vault_a": "hush"}, {})

    assert message in f"{refused.value}\n"
    assert "hush" not in str(refused.value) + capsys.readouterr().out


def test_who_may_not_do_it_is_told_in_the_words_of_aws(
    refusing: Callable[[str], Checkout], capsys: pytest.CaptureFixture[str]
) -> None:
    assert refusing("AccessDeniedException").make() == 2
    assert 'GetParametersByPath (AccessDeniedException): Nobody may send {"Path": "/slipway/' in capsys.readouterr().err
