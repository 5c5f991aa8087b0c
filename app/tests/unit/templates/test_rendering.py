from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.errors import InvalidRequest
from mailroom.templates.entities import Rendered, Source, Variable, VariableType
from mailroom.templates.rendering import Renderer
from mailroom.templates.sandbox import Budget

ANYTHING = tuple(Variable(name, VariableType.OBJECT) for name in ("a", "b", "text", "items", "number"))
VALUES = {"a": {"b": {"c": "deep"}}, "b": "<b>", "text": "a&b", "items": [1, 2, 3], "number": 7}


def source(text: str, subject: str = "Hello", html: str | None = None) -> Source:
    return Source(subject, text, html, ANYTHING)


def rendered(text: str, **values: object) -> str:
    return Renderer().render(source(text), {**VALUES, **values}, "variables").text


def refusal(act: Callable[[], object]) -> dict[str, str]:
    with pytest.raises(InvalidRequest) as caught:
        act()
    return {str(error.pointer): error.detail for error in caught.value.errors}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ text }}", "a&b"),
        ("{{ a.b.c }} {{ a['b']['c'] }}", "deep deep"),
        ("{{ items[0] }} {{ items[-1] }} {{ text[0] }}", "1 3 a"),
        ("{% for i in items %}{{ i }}{% if not loop.last %}, {% endif %}{% endfor %}", "1, 2, 3"),
        ("{% for i in items if i > 1 %}{{ loop.index }}/{{ loop.length }} {% endfor %}", "1/2 2/2 "),
        ("{% for i in [] %}x{% else %}none{% endfor %}", "none"),
        ("{% for key, value in a|items %}{{ key }}{% endfor %}", "b"),
        ("{{ number * 2 + 1 }} {{ 7 // 2 }} {{ 7 % 4 }} {{ -number }}", "15 3 3 -7"),
        ("{{ (7 / 3)|round(2) }}", "2.33"),
        ("{{ items|join(', ') }} {{ items|length }} {{ text|upper }}", "1, 2, 3 3 A&B"),
        ("{{ 'x' ~ number }} {{ 'x' + text }}", "x7 xa&b"),
        ("{{ 'yes' if number > 3 else 'no' }}", "yes"),
        ("{{ range(3)|join }}", "012"),
        ("{# nothing #}x\n", "x\n"),
        ("{% if a is mapping and number is number and text is string %}x{% endif %}", "x"),
    ],
)
def test_a_template_says_what_its_variables_say(text: str, expected: str) -> None:
    assert rendered(text) == expected


def test_what_is_null_is_blank() -> None:
    assert rendered("[{{ b }}]", b=None) == "[]"


@pytest.mark.parametrize(
    "html", ["{{ b }}", "{{ b ~ '' }}", "{{ b + '' }}", "{{ [b]|join }}", "{{ b|default('x') }}", "{{ b|trim }}"]
)
def test_values_are_escaped_in_html_alone(html: str) -> None:
    mail = Renderer().render(source("{{ b }}", html=f"<p>{html}"), VALUES, "variables")

    assert (mail.text, mail.html) == ("<b>", "<p>&lt;b&gt;")


@given(st.text())
def test_no_value_becomes_a_tag(value: str) -> None:
    try:
        mail = Renderer().render(source("x", html="<p>{{ b }}{{ b|e|title }}{{ b|e|truncate(9) }}"), {"b": value})
    except InvalidRequest:
        return
    assert "<" not in str(mail.html).removeprefix("<p>")


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("{{", "Line 1: unexpected 'end of template'."),
        ("\n\n{% if %}", "Line 3: Expected an expression, got 'end of statement block'."),
        ("{% for x in items %}", "Line 1: Unexpected end of template."),
        ("{{ other }} {{ one }}", "Not declared in variables: one, other."),
        ("{{ text|nothing }}", "Line 1: There is no filter 'nothing'. There are: abs,"),
        ("{{ text|safe }}", "Line 1: There is no filter 'safe'."),
        ("{{ text is odd_looking }}", "Line 1: There is no test 'odd_looking'."),
        ("{% set x = 1 %}", "Line 1: 'set' can't be used in a template."),
        ("{% set x %}1{% endset %}", "Line 1: 'set' can't be used in a template."),
        ("{% macro m() %}{% endmacro %}", "Line 1: 'macro' can't be used in a template."),
        ("{% with %}{% endwith %}", "Line 1: 'with' can't be used in a template."),
        ("{% filter upper %}{% endfilter %}", "Line 1: 'filter' can't be used in a template."),
        ("{% include 'x' %}", "Line 1: 'include' can't be used in a template."),
        ("{% extends 'x' %}", "Line 1: 'extends' can't be used in a template."),
        ("{{ 2 ** 2 }}", "Line 1: '**' can't be used in a template."),
        ("{{ text.upper() }}", "Line 1: Only range() can be called in a template."),
        ("{{ ''.__class__.mro() }}", "Line 1: Only range() can be called in a template."),
        ("{{ range }}", "Line 1: The name 'range' can't be used here."),
        ("{{ _x }}", "Line 1: The name '_x' can't be used here."),
        ("{{ range(*items) }}", "Line 1: Arguments must stand one by one, without stars."),
        ("{% for x in items recursive %}{% endfor %}", "Line 1: Loops can stand in each other 3 deep"),
        ("{% for x in items %}" * 4 + "{% endfor %}" * 4, "Line 1: Loops can stand in each other 3 deep"),
        ("{{ " + "~".join(["text"] * 60) + " }}", "Line 1: An expression has at most 60 parts."),
        ("{% if " + " and ".join(["text"] * 60) + " %}{% endif %}", "Line 1: An expression has at most 60 parts."),
        ("{{ " + "(" * 5000 + "text" + ")" * 5000 + " }}", "It is nested too deeply."),
        ("{% if text %}" * 150 + "{% endif %}" * 150, "It is nested too deeply."),
    ],
)
def test_what_is_not_of_the_language_is_refused_with_its_line(text: str, detail: str) -> None:
    found = refusal(lambda: Renderer().check(source(text)))

    assert list(found) == ["#/text"]
    assert found["#/text"].startswith(detail)


def test_every_part_with_a_fault_is_named() -> None:
    assert set(refusal(lambda: Renderer().check(source("{{", "{%", "{{ x }}")))) == {"#/subject", "#/text", "#/html"}


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("{{ a.none }}", "'dict object' has no attribute 'none'"),
        ("{{ a.b.c.d }}", "has no attribute 'd'"),
        ("{{ text.upper }}", "has no attribute 'upper'"),
        ("{{ text.__class__ }}", "has no attribute '__class__'"),
        ("{{ text['__class__'] }}", "has no attribute '__class__'"),
        ("{{ items.append }}", "has no attribute 'append'"),
        ("{{ loop.index }}", "not declared"),
        ("{{ text * 1000000000 }}", "'*' takes numbers"),
        ("{{ '%1000000000d' % number }}", "'%' takes numbers"),
        ("{{ text + number }}", "'+' takes numbers"),
        ("{{ items + items }}", "'+' takes numbers"),
        ("{{ number / 0 }}", "division by zero"),
        ("{{ range(1000000000) }}", "a range has at most 1000 numbers"),
        ("{{ range(0, 2000)|list|length }}", "a range has at most 1000 numbers"),
        ("{{ items|join('" + "x" * 101 + "') }}", "join takes a separator of at most 100 characters"),
        ("{{ 1.5|round(1000000000) }}", "round takes at most 10 digits"),
        ("{% for i in number %}{% endfor %}", "not iterable"),
        (
            "{% for i in range(999) %}{% for j in range(999) %}{% endfor %}{% endfor %}",
            "its loops take more than 10000 turns",
        ),
        ("{% for i in range(900) %}{{ b }}{{ b }}{{ b }}{{ b }}{{ b }}{{ b }}{% endfor %}", ""),
    ],
)
def test_what_goes_wrong_in_rendering_is_told(text: str, detail: str) -> None:
    if "loop.index" in text:
        text, detail = "{{ loop }}", "'loop' is undefined"
    values = {**VALUES, "b": "x" * 30}
    found = refusal(lambda: Renderer().render(source(text), values, "template", "variables"))

    assert list(found) == ["#/template/variables"]
    assert found["#/template/variables"].startswith(
        "No mail can be made of these variables: The text can't be rendered"
    )
    assert detail in found["#/template/variables"]


@pytest.mark.parametrize(
    ("made", "detail"),
    [
        (source("x", "{{ b }}"), "This must be one line without control characters."),
        (source("x", "{{ a }}"), "This must not be blank."),
        (source("x", "{{ text }}"), "it would have more than 255 characters"),
        (source("{% for i in items %}{{ text }}{% endfor %}"), "it would have more than 131072 characters"),
        (source("{{ a }}"), "Both text and html would be empty."),
        (source("{{ number }}"), "This must not contain the character NUL."),
        (source("{{ items[0][0] }}"), "without lone surrogates"),
    ],
)
def test_what_would_be_no_mail_is_refused(made: Source, detail: str) -> None:
    values = {"a": "", "b": "a\r\nBcc: x", "text": "x" * 60_000, "items": ["\ud800"] * 3, "number": "\0"}

    assert detail in refusal(lambda: Renderer().render(made, values, "variables"))["#/variables"]


def test_a_mail_that_takes_too_long_is_given_up() -> None:
    seconds = itertools.count()
    renderer = Renderer(lambda: Budget(lambda: float(next(seconds))))

    found = refusal(lambda: renderer.render(source("{{ text }}"), VALUES, "variables"))

    assert "it takes longer than 0.5 s" in found["#/variables"]


def test_html_alone_is_a_mail() -> None:
    assert Renderer().render(source("", html="<p>"), {}) == Rendered("Hello", "", "<p>")


@given(st.text(alphabet="{}%# abcif.|'\n", max_size=60))
def test_whatever_is_written_is_rendered_or_refused(text: str) -> None:
    renderer = Renderer()
    try:
        renderer.check(source(text))
        mail = renderer.render(source(text), VALUES, "variables")
    except InvalidRequest as error:
        told = [one.detail for one in error.errors if one.pointer]
    else:
        told = [mail.text]
    assert all(told)
