"""What may stand in a template: the part of Jinja that can be bounded.

Only what is listed here passes. Nothing that gathers values (`set`, `with`, `macro`, filter blocks), since doubling a
text forty times fills any memory; no calls but `range`, since an object's methods are a way out of any sandbox; no
attribute but those of mappings and of `loop`.
"""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import nodes

_NODES: tuple[type[nodes.Node], ...] = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.For),
    *(nodes.Name, nodes.Const, nodes.List, nodes.Tuple, nodes.Getattr, nodes.Getitem, nodes.Slice),
    *(nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not),
    *(nodes.Neg, nodes.Pos, nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Concat),
    *(nodes.Filter, nodes.Test, nodes.Call, nodes.Keyword),
)
_FILTERS = (
    "abs capitalize count d default dictsort e escape first float int items join last length list lower max min "
    "reverse round sort string title trim truncate unique upper urlencode"
)
_TESTS = (
    "boolean defined divisibleby even false in mapping none number odd sequence string true undefined "
    "eq == ne != lt < gt > le <= ge >="
)
FILTERS = frozenset(_FILTERS.split())
TESTS = frozenset(_TESTS.split())
# How a template's author writes what is no part of the language here.
_WRITTEN = {"Assign": "set", "AssignBlock": "set", "Pow": "**", "FromImport": "from", "FilterBlock": "filter"}
_RANGE = "range"
# Three loops, one in another, are a table with lists in its cells.
LOOP_DEPTH = 3
# The parts of one expression: it can't make more of its values than so many times as much.
EXPRESSION_PARTS = 60


class Fault(ValueError):
    """The template can't be used. The text says why, with the line where it is known."""

    def __init__(self, detail: str, line: int | None = None) -> None:
        super().__init__(detail if line is None else f"Line {line}: {detail}")


def check_language(tree: nodes.Template) -> None:
    """Raise Fault for anything in a parsed template that isn't of the language."""
    ranges = {id(call.node) for call in tree.find_all(nodes.Call) if _is_range(call.node)}
    for node in _all(tree):
        if not isinstance(node, _NODES):
            kind = type(node).__name__
            raise Fault(f"{_WRITTEN.get(kind, kind.lower())!r} can't be used in a template.", node.lineno)
        if isinstance(node, nodes.Name) and (node.name.startswith("_") or (_is_range(node) and id(node) not in ranges)):
            raise Fault(f"The name {node.name!r} can't be used here.", node.lineno)
        if isinstance(node, nodes.Call | nodes.Filter | nodes.Test):
            _check_call(node)
        for expression in _expressions(node):
            if sum(1 for _ in _all(expression)) > EXPRESSION_PARTS:
                raise Fault(f"An expression has at most {EXPRESSION_PARTS} parts.", expression.lineno)
    _check_loops(tree, 0)


def _all(node: nodes.Node) -> Iterator[nodes.Node]:
    yield node
    yield from node.find_all(nodes.Node)


def _expressions(node: nodes.Node) -> list[nodes.Node]:
    if isinstance(node, nodes.Output):
        return [part for part in node.nodes if not isinstance(part, nodes.TemplateData)]
    if isinstance(node, nodes.If):
        return [node.test]
    if isinstance(node, nodes.For):
        return [node.iter, *([node.test] if node.test else [])]
    return []


def _is_range(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Name) and node.name == _RANGE


def _check_call(node: nodes.Call | nodes.Filter | nodes.Test) -> None:
    if node.dyn_args is not None or node.dyn_kwargs is not None:
        raise Fault("Arguments must stand one by one, without stars.", node.lineno)
    if isinstance(node, nodes.Call):
        if not _is_range(node.node):
            raise Fault("Only range() can be called in a template.", node.lineno)
    elif isinstance(node, nodes.Filter) and node.name not in FILTERS:
        raise Fault(f"There is no filter {node.name!r}. There are: {', '.join(sorted(FILTERS))}.", node.lineno)
    elif isinstance(node, nodes.Test) and node.name not in TESTS:
        raise Fault(f"There is no test {node.name!r}.", node.lineno)


def _check_loops(node: nodes.Node, depth: int) -> None:
    for child in node.iter_child_nodes():
        inner = depth + isinstance(child, nodes.For)
        if isinstance(child, nodes.For) and (inner > LOOP_DEPTH or child.recursive):
            raise Fault(f"Loops can stand in each other {LOOP_DEPTH} deep, and none may be recursive.", child.lineno)
        _check_loops(child, inner)
