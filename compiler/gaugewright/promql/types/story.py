"""What each step of a query does to its series, in words, for the `query` command.

Every expression of the tree gets one line: what it takes from its parts, and what is different afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from gaugewright.promql.syntax import (
    Expr,
    MatrixSelector,
    NumberLiteral,
    ParenExpr,
    ScalarVariable,
    StringLiteral,
    VectorSelector,
    children,
)
from gaugewright.promql.types.deeds import deed
from gaugewright.promql.types.environment import Environment
from gaugewright.promql.types.infer import types_of
from gaugewright.promql.types.intervals import Interval
from gaugewright.promql.types.labels import Label
from gaugewright.promql.types.state import NEVER, UNNAMED, LabelType, Type
from gaugewright.promql.types.units import Unit, unit_text


class Step(NamedTuple):
    """One expression: `depth` levels below the whole, characters `start` to `end` of the query."""

    depth: int
    start: int
    end: int
    type: Type
    words: str


def explain_steps(tree: Expr, environment: Environment) -> tuple[Step, ...]:
    """Each expression of the query, the whole first, each above its parts."""
    return tuple(_steps(tree, types_of(tree, environment), 0))


def _steps(node: Expr, found: Mapping[int, Type], depth: int) -> Iterator[Step]:
    if isinstance(node, ParenExpr):
        yield from _steps(node.expr, found, depth)
        return
    own = found[id(node)]
    inside = [part for part in children(node) if not isinstance(node, MatrixSelector)]
    series = [found[id(part)] for part in inside if found[id(part)].value_type in ("vector", "matrix")]
    yield Step(depth, node.start, node.end, own, _words(node, own, series, [found[id(part)] for part in inside]))
    for part in inside:
        if not isinstance(part, (NumberLiteral, StringLiteral)):
            yield from _steps(part, found, depth + 1)


def _words(node: Expr, own: Type, series: Sequence[Type], parts: Sequence[Type]) -> str:
    if isinstance(node, (VectorSelector, MatrixSelector)):
        return _selected(node, own)
    if isinstance(node, ScalarVariable):
        return "a number that the dashboard chooses"
    if isinstance(node, (NumberLiteral, StringLiteral)):
        return "a number" if own.value_type == "scalar" else "a string"
    if own.value_type == "scalar":
        return "; ".join(filter(None, ("a number", _values("", own.value), _unit(own))))
    if not series:
        return "; ".join(filter(None, (_count(own), _values("", own.value), _unit(own))))
    told = [deed(node, parts), *_changes(series, own)]
    return "; ".join(filter(None, told)) or "keeps labels, unit and bounds"


def _selected(node: VectorSelector | MatrixSelector, own: Type) -> str:
    selector = node.selector if isinstance(node, MatrixSelector) else node
    whole = own.whole
    roles = {branch.role if branch.stage == "raw" else "recorded" for branch in own.branches}
    role = roles.pop() if len(roles) == 1 else "unknown"
    parts = [] if role == "unknown" else [{"info": "information", "bucket": "buckets"}.get(role, role)]
    parts.append(_count(own))
    if own.exists is not NEVER:
        asked = dict.fromkeys(matcher.label.text for matcher in selector.matchers)
        parts += [_narrowed(name, whole.label(name)) for name in asked if name != "__name__"]
        if whole.open and not whole.labels:
            parts.append("labels unknown")
        parts.append(_unit(own))
    return "; ".join(filter(None, parts))


def _narrowed(name: str, label: Label | None) -> str:
    if label is None:
        return f"without {name}"
    if label.values is None:
        return f"{name} can be anything" if label.must else ""
    values = label.values or label.guards
    return f"{name} is {_listed(values)}" if len(values) <= 4 else f"{name} has {len(values)} values"


def _changes(series: Sequence[Type], own: Type) -> Iterator[str]:
    if own.exists is NEVER:
        yield "never has a result"
        return
    before = dict.fromkeys(name for part in series for name in part.labels)
    after = own.labels
    lost = [name for name in before if name not in after]
    gained = [name for name in after if name not in before]
    if lost:
        kept = f" and keeps {_listed(list(after))}" if 0 < len(after) <= 4 else ""
        yield f"drops {_listed(lost)}{kept}" if after else f"drops all labels ({_listed(lost)})"
    if gained:
        yield f"adds {_listed([_with_values(name, after[name]) for name in gained])}"
    if any(part.names != UNNAMED for part in series) and own.names == UNNAMED:
        yield "drops the metric's name"
    if _unit(series[0]) != _unit(own) or len(series) > 1:
        yield _unit(own)
    value = _values("values ", own.value)
    if value and value != _values("values ", series[0].value):
        yield value
    counts = [part.max_series for part in series]
    if counts != [own.max_series]:
        yield _count(own)


def _with_values(name: str, label: LabelType) -> str:
    """`continent (us, eu, ap, or missing)`."""
    shown = list(label.values or ()) if label.values is not None and len(label.values) <= 4 else ["any value"]
    return f"{name} ({', '.join([*shown, *(['or missing'] if label.presence == 'maybe' else [])])})"


def _count(own: Type) -> str:
    most = own.max_series
    if own.exists is NEVER:
        return "no series"
    if most is None:
        return "any number of series"
    return "1 series" if most == 1 else f"at most {most:,} series"


def _unit(own: Type) -> str:
    text = unit_text(own.unit) if isinstance(own.unit, Unit) else None
    return "" if text is None else "in no unit" if text == "1" else f"in {text}"


def _values(before: str, value: Interval) -> str:
    text = value_words(value)
    return before + text if text else ""


def value_words(value: Interval) -> str:
    """`0 to 1`, `0 or more`; "" where nothing is known."""
    low, high = value.low, value.high
    if value.is_empty:
        return "NaN alone" if value.nan else "none"
    whole = ", whole" if value.integral and low != high else ""
    if low == high:
        return f"{low:.6g}" + (" or NaN" if value.nan else "")
    if low == float("-inf"):
        return "" if high == float("inf") else f"{high:.6g} or less{whole}"
    return (f"{low:.6g} or more" if high == float("inf") else f"{low:.6g} to {high:.6g}") + whole


def _listed(names: Sequence[str]) -> str:
    shown = list(names[:5])
    if len(names) > 5:
        shown.append(f"{len(names) - 5} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
