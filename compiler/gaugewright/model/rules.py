"""Queries, recording rules and alerts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from gaugewright.model.metrics import Series
from gaugewright.model.service import Channel
from gaugewright.model.time_intervals import TimeInterval
from gaugewright.spec.source import Source

if TYPE_CHECKING:
    from gaugewright.promql.syntax import Expr, VectorSelector

Severity = Literal["info", "warning", "critical"]
Comparison = Literal[">", "<", "==", ">=", "<="]


@dataclass(frozen=True, slots=True)
class Selector:
    """A selector of a query and the series it reads. `series` is empty where the name is unknown
    (which has its finding) or where a variable stands for it."""

    node: VectorSelector
    series: tuple[Series, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """A PromQL expression: as written, as a tree, and what it reads."""

    text: str
    tree: Expr
    selectors: tuple[Selector, ...]
    variables: frozenset[str]
    source: Source = field(compare=False, repr=False)

    @property
    def metrics(self) -> tuple[str, ...]:
        """The declared metrics (and recorded series) that it reads, each once, in order."""
        names = (series.metric for selector in self.selectors for series in selector.series)
        return tuple(dict.fromkeys(names))


@dataclass(frozen=True, slots=True)
class TextQuery:
    """A query that an alert's text asks: it begins at character `start` of the text at `path` of the spec."""

    query: Query
    path: tuple[str | int, ...]
    start: int


@dataclass(frozen=True, slots=True)
class RecordingRule:
    name: str
    query: Query
    description: str
    labels: Mapping[str, str]
    source: Source = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Suppression:
    """When an alert is muted: in `intervals` (local time of `timezone`), or, where `schedule` is
    None, while the service's maintenance gauge is 1. `duration_minutes` is one window's length."""

    schedule: str | None
    duration_minutes: int
    timezone: str
    intervals: tuple[TimeInterval, ...]


@dataclass(frozen=True, slots=True)
class InputSeries:
    """A series of a test, all labels told; `values` are promtool's notation."""

    name: str
    labels: Mapping[str, str]
    values: str


@dataclass(frozen=True, slots=True)
class AlertTest:
    """A user's own test of an alert. `interval` and `eval_time` are seconds; `firing` has some labels of each alert
    that fires then."""

    name: str
    interval: int
    eval_time: int
    series: tuple[InputSeries, ...]
    firing: tuple[Mapping[str, str], ...]
    source: Source = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class AlertRule:
    """`expression` is the whole condition: `(<query>) <comparison> <threshold>`.

    `annotations` holds what the user wrote beside summary and description, and `runbook_url`."""

    name: str
    query: Query
    expression: str
    comparison: Comparison
    threshold: float
    duration: str
    keep_firing_for: str | None
    severity: Severity
    summary: str
    description: str
    annotations: Mapping[str, str]
    labels: Mapping[str, str]
    channels: tuple[Channel, ...]
    suppression: Suppression | None
    text_queries: tuple[TextQuery, ...]
    tests: tuple[AlertTest, ...]
    source: Source = field(compare=False, repr=False)
