"""The queries of dashboard variables, which are PromQL inside of Grafana's own functions.

Grafana's Prometheus data source reads `label_values(series, label)`, `label_values(label)`, `label_names(series)`,
`metrics(expression)`, `query_result(query)`, or else a selector of series (its page "Template variables" for
Prometheus, and `metric_find_query.ts`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from gaugewright.model.dashboards import AskedLabel
from gaugewright.model.inner_text import InnerText
from gaugewright.model.names import Names
from gaugewright.model.resolve_queries import resolve_query
from gaugewright.model.rules import Query
from gaugewright.spec.source import Source

_LABEL_VALUES = re.compile(r"\s*label_values\((?:(?P<series>.+),)?\s*(?P<label>[a-zA-Z_$][a-zA-Z0-9_]*)\s*\)\s*", re.S)
_LABEL_NAMES = re.compile(r"\s*label_names\((?P<series>.*)\)\s*", re.S)
_METRICS = re.compile(r"\s*metrics\(.+\)\s*", re.S)
_RESULT = re.compile(r"\s*query_result\((?P<query>.+)\)\s*", re.S)


def variable_query(
    text: str, source: Source, names: Names, entities: tuple[str, ...], variables: Mapping[str, str]
) -> tuple[Query | None, AskedLabel | None]:
    """The PromQL that the variable asks, and the label whose values it takes; None for what it does not have, or what
    cannot be read (its findings are in `names`)."""
    values = _LABEL_VALUES.fullmatch(text)
    match = values or _LABEL_NAMES.fullmatch(text) or _RESULT.fullmatch(text)
    label = None
    if values is not None and not values["label"].startswith("$"):
        label = AskedLabel(values["label"], *values.span("label"))
    part = "query" if match is not None and match.re is _RESULT else "series"
    if _METRICS.fullmatch(text) or (match is not None and not (match[part] or "").strip()):
        return None, label
    start, end = (0, len(text)) if match is None else match.span(part)
    place = InnerText(source.document, source.path, tuple(range(start, end + 1)))
    return resolve_query(text[start:end], place, names, entities, variables), label
