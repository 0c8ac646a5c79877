"""Dashboards: panels in rows, with their queries and variables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gaugewright.diagnostics.catalogue import finding
from gaugewright.diagnostics.suggest import did_you_mean
from gaugewright.model.dashboards import Dashboard, Panel, PanelQuery, Row, Threshold, Variable
from gaugewright.model.names import Names
from gaugewright.model.resolve_queries import resolve_query
from gaugewright.model.variable_queries import variable_query
from gaugewright.promql.variables import uses
from gaugewright.spec.read import DashboardEntry, Entry, SpecEntries
from gaugewright.spec.schema import PanelSpec, RowSpec, VariableSpec


def resolve_dashboards(entries: SpecEntries, names: Names) -> tuple[Dashboard, ...]:
    slugs: set[str] = set()
    return tuple(_dashboard(entry, names, slugs) for entry in entries.dashboards)


def _dashboard(entry: DashboardEntry, names: Names, slugs: set[str]) -> Dashboard:
    header = entry.header.spec
    values = {item.spec.name: _sample_value(item, names) for item in entry.variables}
    panels = _Panels(names, header.title, values)
    rows = panels.rows(entry)
    variables = (_variable(item, names, header.title, values) for item in entry.variables)
    return Dashboard(
        title=header.title,
        slug=_slug(header.title, slugs),
        description=header.description,
        from_time=header.time_range.from_time,
        to_time=header.time_range.to_time,
        refresh_interval=header.refresh_interval,
        rows=rows,
        variables=tuple(variable for variable in variables if variable is not None),
        tags=tuple(header.tags),
        source=entry.header.source,
    )


def _slug(title: str, taken: set[str]) -> str:
    """A file name from a title: `ProxyWhirl Overview` gives `proxywhirl-overview`."""
    base = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60].strip("-") or "dashboard"
    slug, count = base, 2
    while slug in taken:
        slug, count = f"{base}-{count}", count + 1
    taken.add(slug)
    return slug


def _sample_value(entry: Entry[VariableSpec], names: Names) -> str:
    """A value that the variable may have, for reading queries that hold it; "" where none is known."""
    if entry.spec.values:
        return entry.spec.values[0]
    label = names.labels.get(entry.spec.label_of or "")
    return label.values[0] if label is not None and label.values else ""


class _Panels:
    """The panels of one dashboard, as their rows are filled."""

    def __init__(self, names: Names, dashboard: str, values: dict[str, str]) -> None:
        self.names = names
        self.dashboard = dashboard
        self.values = values

    def rows(self, entry: DashboardEntry) -> tuple[Row, ...]:
        rows: list[tuple[str, list[Panel]]] = [("", [])]
        for item in entry.items:
            if isinstance(item.spec, RowSpec):
                rows.append((item.spec.row, []))
                continue
            panel = self._panel(item)
            if panel is not None:
                rows[-1][1].append(panel)
        return tuple(Row(title, tuple(panels)) for title, panels in rows if title or panels)

    def _panel(self, entry: Entry[PanelSpec]) -> Panel | None:
        spec = entry.spec
        queries = self._queries(entry)
        if not queries or entry.broken & {"query", "queries"}:
            return None
        return Panel(
            title=spec.title,
            panel_type=spec.panel_type,
            description=spec.description,
            queries=queries,
            unit=spec.unit,
            thresholds=tuple(Threshold(item.value, item.color) for item in spec.thresholds),
            width=spec.width,
            height=spec.height,
            source=entry.source,
        )

    def _queries(self, entry: Entry[PanelSpec]) -> tuple[PanelQuery, ...]:
        spec, source = entry.spec, entry.source
        entities = (spec.title, self.dashboard)
        if spec.query is not None and spec.queries is not None:
            message = "a panel has `query` or `queries`, not both"
            place = source.at("queries").key_place()
            self.names.findings.append(
                finding("invalid-value", message, place, "Move `query` into `queries`.", entities=entities)
            )
        if spec.query is None and spec.queries is None and not entry.broken & {"query", "queries"}:
            message = f"the panel `{spec.title}` has no `query`"
            self.names.findings.append(
                finding("missing-field", message, _title_place(source), "Add `query: ...`.", entities=entities)
            )
        written: list[tuple[str, str, Any]] = []
        if spec.query is not None:
            written.append((spec.query, spec.legend, source.at("query")))
        for index, item in enumerate(spec.queries or ()):
            written.append((item.query, item.legend, source.at("queries", index, "query")))
        found = []
        self._use_variables(spec.title, spec.description, *(legend for _, legend, _ in written))
        for text, legend, at in written:
            query = resolve_query(text, at, self.names, entities, self.values)
            if query is None:
                return ()
            found.append(PanelQuery(query, legend))
        return tuple(found)

    def _use_variables(self, *texts: str) -> None:
        """Titles, descriptions and legends may show a variable's value."""
        for text in texts:
            for use in uses(text):
                if use.name in self.values:
                    self.names.used.add((f"variable of {self.dashboard}", use.name))


def _title_place(source: Any) -> Any:
    return source.at("title").place() if source.at("title").exists() else source.place()


def _variable(entry: Entry[VariableSpec], names: Names, dashboard: str, values: Mapping[str, str]) -> Variable | None:
    spec, source = entry.spec, entry.source
    entities = (spec.name, dashboard)
    ways = [name for name in ("label_of", "values", "query") if getattr(spec, name) is not None]
    if len(ways) != 1 and not entry.broken & {"name", "label_of", "values", "query"}:
        message = "a variable has exactly one of `label_of`, `values` and `query`"
        place = source.at(ways[1]).key_place() if ways else source.at("name").place()
        help = "Keep one of them." if ways else "Say where its values come from."
        names.findings.append(finding("invalid-value", message, place, help, entities=entities))
    for use in uses(spec.query or ""):
        names.used.add((f"variable of {dashboard}", use.name))
    asked, asked_label = None, None
    if spec.query is not None and "query" not in entry.broken:
        asked, asked_label = variable_query(spec.query, source.at("query"), names, entities, values)
    label, metric = None, None
    if spec.label_of is not None:
        names.use("label", spec.label_of, names.labels)
        metrics = [m for m in names.metrics.values() if spec.label_of in (label.name for label in m.labels)]
        metric = metrics[0].series[0].name if metrics else None
        label = names.labels.get(spec.label_of) or next(
            (label for m in metrics for label in m.labels if label.name == spec.label_of), None
        )
        if label is None and spec.label_of in names.target_labels:
            label, metric = names.target_labels[spec.label_of], "up"
        if label is None and f"label {spec.label_of}" not in names.unsure:
            message = f"no label is named `{spec.label_of}`"
            help = did_you_mean(spec.label_of, names.labels) or "Declare it under `labels:`."
            place = source.at("label_of").place()
            names.findings.append(finding("undefined-label", message, place, help, entities=entities))
    return Variable(
        name=spec.name,
        title=spec.label or spec.name,
        label=label,
        label_metric=metric,
        values=tuple(spec.values or ()),
        query=spec.query,
        asked=asked,
        asked_label=asked_label,
        multi=spec.multi,
        include_all=spec.include_all,
        source=source,
    )
