"""Draws a tree under its query: each node and each placed part of it under the characters that it points at."""

from collections.abc import Iterator

from gaugewright.promql.syntax import (
    Aggregate,
    At,
    BinaryExpr,
    Call,
    Duration,
    Expr,
    LabelList,
    NumberLiteral,
    Placed,
    ScalarVariable,
    StringLiteral,
    VectorSelector,
    Word,
    walk,
)

from tests.promql.case_files import MARK


def drawn_tree(tree: Expr) -> str:
    return "\n".join(line for node in walk(tree) for line in _lines(node))


def _lines(node: Expr) -> Iterator[str]:
    yield _line(node, f"{type(node).__name__}{_value(node)}")
    match node:
        case VectorSelector():
            if node.name is not None:
                yield _line(node.name, f"  name {node.name.text}{_varies(node.name)}")
            for matcher in node.matchers:
                yield _line(matcher, f"  matcher {matcher.label.text} {matcher.op.text} {matcher.value.text!r}")
                if matcher.op.start != matcher.start:
                    yield _line(matcher.label, f"    label{_varies(matcher.label)}")
                    yield _line(matcher.op, "    op")
                    yield _line(matcher.value, f"    value{_varies(matcher.value)}")
        case Aggregate():
            yield _line(node.op, f"  op {node.op.text}")
            yield from _list(node.grouping)
        case BinaryExpr():
            yield _line(node.op, f"  op {node.op.text}{' bool' if node.returns_bool else ''}")
            yield from _list(node.matching)
            yield from _list(node.group)
        case Call():
            yield _line(node.function, f"  function {node.function.text}")
    for name in ("range", "step", "offset", "at"):
        part = getattr(node, name, None)
        if part is not None:
            yield _line(part, f"  {name} {_length(part)}")


def _value(node: Expr) -> str:
    match node:
        case NumberLiteral():
            return f" {node.value}{' (a duration)' if node.is_duration else ''}"
        case StringLiteral():
            return f" {node.value!r}"
        case ScalarVariable():
            return f" {node.text}"
    return ""


def _list(labels: LabelList | None) -> Iterator[str]:
    if labels is not None:
        yield _line(labels, f"  {labels.keyword.text}")
        for label in labels.labels:
            yield _line(label, f"    label {label.text}{_varies(label)}")


def _varies(word: Word) -> str:
    return f" (varies by {', '.join(word.variables)})" if word.variables else ""


def _length(part: Placed) -> str:
    assert isinstance(part, Duration | At)
    value = part.seconds if isinstance(part, Duration) else part.time
    return f"by {', '.join(part.variables)}" if value is None else str(value)


def _line(place: Placed, words: str) -> str:
    return " " * (len(MARK) + place.start) + "^" * (place.end - place.start) + " " + words
