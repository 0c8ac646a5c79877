"""Ranges that hold too few samples for what is asked of them.

A range is open on the left since Prometheus 3: `[1m]` of samples a minute apart holds one. Four scrapes are the
usual advice (and what Grafana's `$__rate_interval` guarantees), since one may fail.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gaugewright.checks.promql.typed import Mistake, TypedQuery, at, is_judged
from gaugewright.diagnostics import replaced
from gaugewright.promql.syntax import Call, Duration, MatrixSelector, SubqueryExpr, unwrap
from gaugewright.promql.types.calls import samples_in
from gaugewright.promql.types.functions import RULES

ENOUGH: Final = 4
_UNITS: Final = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))


def short_ranges(query: TypedQuery, node: Call) -> Iterator[Mistake]:
    """A function that needs two samples, over a range that can hold fewer than two, or fewer than four."""
    rule = RULES.get(node.function.text)
    if rule is None or rule.samples < 2 or not node.args or not _is_interval_known(query):
        return
    argument = unwrap(node.args[0])
    if not isinstance(argument, (MatrixSelector, SubqueryExpr)):
        return
    inside = query.of(argument)
    if not is_judged(inside) or inside.window is None or not inside.step:
        return
    _, most = samples_in(inside, query.environment)
    each = "scrape" if isinstance(argument, MatrixSelector) and not _is_recorded(query, argument) else "sample"
    every = f"with one {each} every {written_duration(inside.step)}"
    name = node.function.text
    if most is not None and most < rule.samples:
        message = f"`{name}` needs two samples, and {every} this range never holds more than one"
        yield _short(argument.range, message, inside.step)
    elif isinstance(argument, MatrixSelector) and inside.window < ENOUGH * inside.step * (1 - 1e-9):
        message = f"{every} this range holds fewer than four samples: few lost ones leave nothing for `{name}`"
        yield _short(argument.range, message, inside.step)._replace(severity="warning")


def _is_interval_known(query: TypedQuery) -> bool:
    """Whether the scrape interval is what the spec says: one that cannot be read, or under a misspelt name, has its
    own finding, and the default in its place says nothing."""
    written = query.model.config.source.value() if query.model.config.source.exists() else {}
    if not isinstance(written, dict):
        return False
    interval = query.model.config.scrape_interval_seconds
    meant = [key for key in written if "interval" in key]
    return all(key == "scrape_interval_seconds" and written[key] == interval for key in meant)


def _is_recorded(query: TypedQuery, node: MatrixSelector) -> bool:
    return node.selector.name is not None and query.is_recorded(node.selector.name.text)


def _short(place: Duration, message: str, step: float) -> Mistake:
    enough = written_duration(ENOUGH * step)
    mend = None if place.variables else replaced(place.start, place.end, enough)
    return at("range-too-short", place, message, f"Write `{enough}` or more.", mend)


def written_duration(seconds: float) -> str:
    """A duration as Prometheus reads it."""
    for unit, size in _UNITS:
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:.0f}{unit}"
    return f"{round(seconds * 1000)}ms"
