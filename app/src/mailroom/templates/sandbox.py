"""Jinja, made narrow: mappings, lists, numbers and texts, nothing of Python behind them, and an end to all work."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from jinja2 import StrictUndefined, nodes, pass_context
from jinja2.exceptions import TemplateRuntimeError
from jinja2.filters import FILTERS as JINJA_FILTERS
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.tests import TESTS as JINJA_TESTS

from mailroom.templates.language import FILTERS, TESTS

# Under a name that no template can write.
BUDGET = " budget"
_EACH = " each"
_RANGE_MOST = 1_000
_DIGITS_MOST = 10
# A template that made mails so far takes a millisecond or two.
_TURNS = 10_000
_SECONDS = 0.5


class Budget:
    """What one mail may cost: turns of loops and pieces of output, and seconds of the thread's own time.

    It is asked at every turn and every piece. Between two of these lies straight code, as long as the source at most.
    """

    def __init__(self, clock: Callable[[], float] = time.thread_time) -> None:
        self._clock = clock
        self._end = clock() + _SECONDS
        self._turns = _TURNS

    def spend(self) -> None:
        """Take one turn. Raises TemplateRuntimeError when there is none left."""
        self._turns -= 1
        if self._turns < 0:
            raise TemplateRuntimeError(f"its loops take more than {_TURNS} turns")
        if self._clock() > self._end:
            raise TemplateRuntimeError(f"it takes longer than {_SECONDS} s")


class Sandbox(ImmutableSandboxedEnvironment):
    """The environment in which templates are compiled and rendered; values are escaped where `html` says so."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%"})

    def __init__(self, *, html: bool) -> None:
        super().__init__(
            autoescape=html,
            undefined=StrictUndefined,
            finalize=_blank_for_null,
            keep_trailing_newline=True,
            cache_size=0,
        )
        own = {"join": _join, "round": _round}
        self.filters = {name: own.get(name) or JINJA_FILTERS[name] for name in FILTERS} | {_EACH: _each}
        self.tests = {name: JINJA_TESTS[name] for name in TESTS}
        self.globals.clear()
        self.globals["range"] = _range

    def bound_loops(self, tree: nodes.Template) -> nodes.Template:
        """Make every loop of a parsed template ask the budget at each turn."""
        for loop in tree.find_all(nodes.For):
            loop.iter = nodes.Filter(loop.iter, _EACH, [], [], None, None, lineno=loop.lineno)
        tree.set_environment(self)
        return tree

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401 - Jinja's own
        """Reckon with numbers; `+` also joins two texts. A text times a number would be as long as one likes."""
        joins = operator == "+" and isinstance(left, str) and isinstance(right, str)
        if not joins and not (_is_number(left) and _is_number(right)):
            raise TemplateRuntimeError(f"{operator!r} takes numbers")
        return super().call_binop(context, operator, left, right)

    def getattr(self, obj: Any, attribute: str) -> Any:  # noqa: ANN401 - Jinja's own
        """Return what a mapping has under the name, or what a loop tells of itself. There are no other attributes."""
        if isinstance(obj, LoopContext):
            return super().getattr(obj, attribute)
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:  # noqa: ANN401 - Jinja's own
        """Return what a mapping, a list or a text has at the place."""
        if isinstance(obj, Mapping | Sequence):
            try:
                return obj[argument]
            except (TypeError, LookupError):
                pass
        return self.undefined(obj=obj, name=argument)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _blank_for_null(value: object) -> object:
    return "" if value is None else value


def _range(*bounds: int) -> range:
    made = range(*bounds)
    if len(made) > _RANGE_MOST:
        raise TemplateRuntimeError(f"a range has at most {_RANGE_MOST} numbers")
    return made


@pass_context
def _each(context: Context, values: Iterable[object]) -> Iterator[object]:
    budget: Budget = context[BUDGET]
    for value in values:
        budget.spend()
        yield value


def _join(values: Iterable[object], separator: str = "") -> str:
    """Join values by a short separator; a long one, as often as there are values, would fill the memory."""
    if len(separator) > _RANGE_MOST // 10:
        raise TemplateRuntimeError(f"join takes a separator of at most {_RANGE_MOST // 10} characters")
    return separator.join(str(_blank_for_null(value)) for value in values)


def _round(value: float, digits: int = 0) -> float:
    if not -_DIGITS_MOST <= digits <= _DIGITS_MOST:
        raise TemplateRuntimeError(f"round takes at most {_DIGITS_MOST} digits")
    return round(value, digits)
