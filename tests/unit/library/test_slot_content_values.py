"""What a slot's configuration may say, and that it reaches the service as it was written."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from ansible.module_utils.slots import SlotError

from library import slot_content
from tests.unit.library.content import SECRET, with_variable

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.library.conftest import Outcome, Places


@pytest.mark.parametrize(
    "value",
    [
        "plain",
        "",
        " spaces around ",
        "it's",
        'a "quoted" word',
        "$HOME and ${HOME}",
        "`id` $(id)",
        "back\\slash \\n \\",
        "# no comment",
        "Mailroom <post@mailroom.test>",
        "50% %i",
        "Grüße, 手紙",
        "tab\there",
    ],
)
def test_a_value_reaches_the_service_as_it_was_written(put: Callable[..., Outcome], places: Places, value: str) -> None:
    put(with_variable(value))

    # sh reads what stands in double quotes by the same rules as systemd does (systemd.exec(5), EnvironmentFile=).
    file = places.configuration / "blue/service.environment"
    told = subprocess.run(["sh", "-c", '. "$1"; printf %s "$VALUE"', "sh", file], capture_output=True, check=True)
    assert told.stdout.decode() == value


@pytest.mark.parametrize("value", ["two\nlines", "zero\0byte"])
def test_a_value_that_systemd_cannot_pass_on_is_refused(
    put: Callable[..., Outcome], places: Places, value: str
) -> None:
    outcome = put(with_variable(value))

    assert outcome.failed
    assert outcome.message.startswith("the variable VALUE has a line break or a zero byte in its value")
    assert not places.configuration.exists()


@pytest.mark.parametrize("name", ["MY-APP_PORT", "1ST", "", "A B", "ÄRGER", "A\nB"])
def test_a_variable_that_systemd_would_pass_over_is_refused(put: Callable[..., Outcome], name: str) -> None:
    outcome = put(with_variable("value", name))

    assert outcome.failed
    assert outcome.message.startswith(f"a variable in app_environment is named {name!r}; a name must match")


@pytest.mark.parametrize("name", ["../escaped", "a/b", ".hidden", ""])
def test_a_secret_cannot_be_written_outside_its_folder(put: Callable[..., Outcome], name: str) -> None:
    outcome = put({"service": {"credentials": {name: SECRET}}})

    assert outcome.failed
    assert outcome.message.startswith(f"a secret in app_credentials is named {name!r}; a name must match")


def test_a_refusal_of_a_value_does_not_tell_it() -> None:
    with pytest.raises(SlotError) as refusal:
        slot_content.quote("TOKEN", f"{SECRET}\n")

    assert SECRET not in str(refusal.value)
