"""`query`: the static type of an expression over a spec, and how it comes about."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from math import inf
from typing import Any

from gaugewright.checks import run_checks
from gaugewright.commands.show import as_text
from gaugewright.commands.specs import compile_file, is_unreadable
from gaugewright.compile import Compilation
from gaugewright.diagnostics import Diagnostic, Place
from gaugewright.diagnostics.order import in_order
from gaugewright.diagnostics.render import render_json
from gaugewright.model.dashboards import Dashboard, Panel, PanelQuery, Row, Variable
from gaugewright.model.model import Model
from gaugewright.model.names import Names
from gaugewright.model.resolve_queries import resolve_query
from gaugewright.model.rules import Query
from gaugewright.model.typing import environment_of
from gaugewright.promql.parse import parse
from gaugewright.promql.syntax import Expr
from gaugewright.promql.types import Environment, Type, infer
from gaugewright.promql.types.state import ALWAYS, NEVER, SCRAPED
from gaugewright.promql.types.story import Step, explain_steps, value_words
from gaugewright.promql.types.units import Bare, unit_text
from gaugewright.promql.value_type import value_type
from gaugewright.spec.source import Document, Map, Source, Span

FILE = "<query>"
"""What places in the expression call their file."""


def query(spec: str, expression: str, format: str) -> tuple[str, int]:
    """What to print, and the exit code: 1 where the spec or the expression has an error, 2 for no spec."""
    compilation = compile_file(spec)
    if compilation.model is None:
        code = 2 if is_unreadable(compilation) else 1
        findings = compilation.diagnostics
        return (_as_json(None, findings) if format == "json" else as_text([compilation], findings)), code
    model = compilation.model
    document = _document(expression)
    tree, findings = _read(expression, document, model)
    code = int(any(item.severity == "error" for item in findings))
    environment = environment_of(model)
    found = None if tree is None else infer(tree, environment)
    if format == "json":
        return _as_json(found, findings), code
    told = [] if tree is None or found is None else [_told(expression, tree, found, environment)]
    shown = as_text([Compilation(None, findings, document)], findings).rstrip("\n")
    return "\n\n".join(filter(None, (*told, shown))), code


def _read(expression: str, document: Document, model: Model) -> tuple[Expr | None, tuple[Diagnostic, ...]]:
    """The expression's tree, and all findings."""
    names = _names(model)
    variables = {item.name: _sample_value(item) for dashboard in model.dashboards for item in dashboard.variables}
    tree = parse(expression, variables=variables, features=names.features).tree
    kind = None if tree is None else value_type(tree)
    if kind == "string":
        return tree, ()
    # A range is no value of a panel, and yet it has a type: its findings are those of the range in a call.
    text = f"{_QueryInCall.CALL}{expression}\n)" if kind == "matrix" else expression
    source = _QueryInCall(document) if kind == "matrix" else _QueryText(document)
    resolved = resolve_query(text, source, names, ("the query",), variables)
    findings = tuple(in_order([*names.findings, *_checked(model, resolved)]))
    return (None if resolved is None else tree), findings


def _sample_value(variable: Variable) -> str:
    """A value that the variable may have; "" where none is known."""
    known = variable.values or (variable.label.values if variable.label is not None else None) or ("",)
    return known[0]


class _QueryText(Source):
    """The expression as it was typed: a place in it is just a place in the text."""

    def inside(self, start: int, end: int) -> Place:
        return self.document.place(start, end)


class _QueryInCall(_QueryText):
    """The expression as the argument of a call that nobody typed."""

    CALL = "count_over_time("

    def inside(self, start: int, end: int) -> Place:
        length = len(self.document.text)
        first, last = (min(max(0, at - len(self.CALL)), length) for at in (start, end))
        return self.document.place(first, last)


def _document(expression: str) -> Document:
    """With a root that is not empty, so that excerpts are not taken for those of a broken file."""
    root = Map(Span(0, len(expression)))
    root["query"] = expression
    root.keys_at["query"] = root.values_at["query"] = Span(0, len(expression))
    return Document(FILE, expression, root)


def _names(model: Model) -> Names:
    return Names(
        features=frozenset(model.service.feature_flags),
        labels=dict(model.labels),
        metrics={metric.name: metric for metric in model.metrics},
        series=dict(model.series),
        target_labels=dict(model.target_labels),
    )


def _checked(model: Model, resolved: Query | None) -> list[Diagnostic]:
    """What the checks find in the expression, as if it were the only panel of the spec's only dashboard."""
    if resolved is None:
        return []
    source = resolved.source
    panel = Panel("the query", "graph", "", (PanelQuery(resolved, ""),), "short", (), None, None, source)
    variables = tuple({v.name: v for dashboard in model.dashboards for v in dashboard.variables}.values())
    dashboard = Dashboard("the query", "query", "", "now-6h", "now", "30s", (Row("", (panel,)),), variables, (), source)
    alone = replace(model, alert_rules=(), dashboards=(dashboard,), exports=())
    return [item for item in run_checks(alone, datetime.now(UTC)) if item.place.file == FILE]


def _as_json(found: Type | None, findings: Sequence[Diagnostic]) -> str:
    answer: dict[str, Any] = {"type": None, "labels": {}, "unit": None, "range": [None, None], "max_series": None}
    if found is not None:
        labels = {
            name: {"presence": label.presence, "values": None if label.values is None else list(label.values)}
            for name, label in sorted(found.labels.items())
        }
        answer = {
            "type": found.value_type,
            "labels": labels,
            "unit": unit_text(found.unit),
            "range": [_rounded(end) for end in found.range],
            "max_series": found.max_series,
        }
    answer["diagnostics"] = json.loads(render_json(findings))["diagnostics"]
    return json.dumps(answer, indent=2, ensure_ascii=False)


def _rounded(end: float | None) -> float | None:
    """Without the last digits, in which `> 5` begins just above 5."""
    return None if end is None or end in (inf, -inf) else float(f"{end:.14g}")


def _told(text: str, tree: Expr, found: Type, environment: Environment) -> str:
    return "\n".join([*_summary(found), "", *_tree(text, explain_steps(tree, environment))])


def _summary(found: Type) -> list[str]:
    if found.value_type == "string":
        rows = [("type", "string")]
    elif found.exists is NEVER:
        rows = [("type", f"{found.value_type}, no series"), ("there", "never: whatever the service does")]
    else:
        rows = [("type", _type(found)), *_label_rows(found), ("unit", _unit(found)), ("values", _values(found))]
    there = {SCRAPED: "while the service is scraped", ALWAYS: "always"}.get(found.exists)
    if there is not None and found.value_type in ("vector", "matrix"):
        rows.append(("there", there))
    width = max(len(key) for key, _ in rows) + 2
    return [f"{key:<{width}}{value}" for key, value in rows]


def _type(found: Type) -> str:
    most = found.max_series
    count = "any number of series" if most is None else "1 series at most" if most == 1 else f"at most {most:,} series"
    return "scalar" if found.value_type == "scalar" else f"{found.value_type}, {count}"


def _label_rows(found: Type) -> Iterator[tuple[str, str]]:
    if found.name is not None:
        yield "name", found.name
    for label, known in sorted(found.labels.items()):
        values = "any value" if known.values is None else ", ".join(known.values) or "no value"
        yield f"  {label}", values if known.presence == "always" else f"{values}; or missing"
    if found.whole.open:
        yield "  ...", "other labels are possible"


def _unit(found: Type) -> str:
    if isinstance(found.unit, Bare):
        return "any: a plain number fits every unit"
    unit = unit_text(found.unit)
    return "not known" if unit is None else "none" if unit == "1" else unit


def _values(found: Type) -> str:
    return (value_words(found.value) or "any") + ("; NaN is possible" if found.value.nan else "")


WIDTH = 56
"""Columns of an expression in the tree; longer ones are cut in the middle."""


def _tree(text: str, steps: Sequence[Step]) -> list[str]:
    rows = [
        ("  " * step.depth + _excerpt(text[step.start : step.end], WIDTH - 2 * step.depth), step.words)
        for step in steps
    ]
    width = max(len(left) for left, _ in rows)
    return [f"{left:<{width}}  {words}".rstrip() for left, words in rows]


def _excerpt(text: str, width: int) -> str:
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    width = max(width, 16)
    return line if len(line) <= width else f"{line[: width * 2 // 3 - 1]}…{line[-(width // 3) :]}"
