"""The text of a vault.yml: what is put in is what comes out, and all else stays."""

from __future__ import annotations

import pytest
from ansible.parsing.dataloader import DataLoader
from hypothesis import given
from hypothesis import strategies as st

from tools.secrets import text
from tools.secrets.errors import SecretsError

WRITTEN = """---
# The head.

vault_a: "one"   # said beside it
vault_keys: |-
  2:new
  1:old

# About b.
vault_b: two
"""


def test_a_value_is_changed_in_its_place_and_nothing_else() -> None:
    assert text.put(WRITTEN, "it", ("vault_a", "1")) == WRITTEN.replace('"one"', '"1"')


def test_a_block_is_changed_in_its_place_too() -> None:
    changed = text.put(WRITTEN, "it", ("vault_keys", "3:newest\n2:new"))

    assert changed == WRITTEN.replace("|-\n  2:new\n  1:old\n\n", '"3:newest\\n2:new"\n')


def test_a_new_value_comes_last_under_its_comment() -> None:
    assert text.put(WRITTEN, "it", ("vault_c", "3"), "for c") == WRITTEN + '# for c\nvault_c: "3"\n'


def test_a_text_without_a_line_break_at_its_end_gets_one() -> None:
    assert text.put("vault_a: one", "it", ("vault_b", "two")) == 'vault_a: one\nvault_b: "two"\n'


def test_names_are_those_of_values_of_every_kind_and_values_are_texts() -> None:
    both = WRITTEN + "vault_list: [1, 2]\n"

    assert text.names(both, "it") == {"vault_a", "vault_b", "vault_keys", "vault_list"}
    assert text.values(both, "it") == {"vault_a": "one", "vault_b": "two", "vault_keys": "2:new\n1:old"}


@pytest.mark.parametrize("empty", ["", "---\n", "---\n# only said\n"])
def test_a_text_without_variables_has_none(empty: str) -> None:
    assert text.names(empty, "it") == set()


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]) | st.sampled_from('\n\t"\\#:{}%'), min_size=1)
)
def test_ansible_reads_exactly_what_was_put_in(value: str) -> None:
    whole = text.put(WRITTEN, "it", ("vault_a", value))

    assert DataLoader().load(whole)["vault_a"] == value
    assert text.values(whole, "it")["vault_a"] == value


@pytest.mark.parametrize("value", ["{{ 7 }}", "{% raw %}", "{# x #}"])
def test_what_looks_like_a_template_is_kept_from_being_one(value: str) -> None:
    assert text.scalar(value).startswith("!unsafe ")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("vault_a: hush\n  b: [hush", "it isn't YAML in line 2; the line isn't shown, since it may be a secret"),
        ("vault_a: hush\x00", "it has characters that YAML doesn't allow"),
        ("- hush\n", "it must be a list of variables, each as `name: value`"),
    ],
)
def test_a_text_that_cannot_be_read_is_refused_without_showing_it(wrong: str, message: str) -> None:
    with pytest.raises(SecretsError) as refused:
        text.names(wrong, "it")

    assert str(refused.value) == message


def test_a_text_into_which_nothing_can_be_put_stays() -> None:
    with pytest.raises(SecretsError):
        text.put("{vault_a: one}", "it", ("vault_b", "two"))
