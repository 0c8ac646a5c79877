"""A document to the entities of a spec: each validated by itself, so that one wrong field of one
alert hides nothing else.

A field that is wrong gets a finding and then its default (or a placeholder), and its name goes
into `Entry.broken`; whoever needs that field skips the entry.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from gaugewright.diagnostics import Diagnostic, Related
from gaugewright.diagnostics.catalogue import MOST_FINDINGS
from gaugewright.diagnostics.suggest import did_you_mean, nearest
from gaugewright.spec import schema
from gaugewright.spec.fields import Entity
from gaugewright.spec.findings import field_findings
from gaugewright.spec.labels import LABEL_NAME, bound_findings, label_of_values, name_findings
from gaugewright.spec.source import Document, Source
from pydantic import ValidationError

E = TypeVar("E", bound=Entity)

MOST_KEYS = 2000
"""Keys of one entity; the largest honest one has some dozens of annotations."""

TOP_LEVEL = tuple(schema.Spec.model_fields)


@dataclass(frozen=True, slots=True)
class Entry(Generic[E]):
    """An entity as written, where it stands, and the fields that had an error."""

    spec: E
    source: Source
    broken: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class LabelUse:
    """A label in a metric's list: its name, and the metric's own definition where it has one."""

    name: str
    source: Source
    own: Entry[schema.LabelSpec] | None


@dataclass(frozen=True, slots=True)
class MetricEntry:
    """A metric with the labels that it lists, in order."""

    header: Entry[schema.MetricSpec]
    labels: tuple[LabelUse, ...]


@dataclass(frozen=True, slots=True)
class DashboardEntry:
    """A dashboard with its items (panels and row headings, in order) and variables."""

    header: Entry[schema.DashboardHeader]
    items: tuple[Entry[schema.PanelSpec] | Entry[schema.RowSpec], ...]
    variables: tuple[Entry[schema.VariableSpec], ...]


@dataclass(slots=True)
class SpecEntries:
    """Every entity of a spec file, in the file's order."""

    source: Source
    service: Entry[schema.ServiceSpec]
    config: Entry[schema.MetricsConfigSpec]
    routing: Entry[schema.RoutingSpec]
    labels: dict[str, Entry[schema.LabelSpec]]
    metrics: tuple[MetricEntry, ...]
    recording_rules: tuple[Entry[schema.RecordingRuleSpec], ...]
    channels: tuple[Entry[schema.ChannelSpec], ...]
    alert_rules: tuple[Entry[schema.AlertSpec], ...]
    dashboards: tuple[DashboardEntry, ...]
    allow: tuple[Entry[schema.AllowSpec], ...]
    exports: tuple[Entry[schema.ExportSpec], ...]


class TooManyFindings(Exception):
    """The document is no spec, or not by far; `findings` are the first ones."""

    def __init__(self, findings: list[Diagnostic]) -> None:
        super().__init__(f"more than {MOST_FINDINGS} findings")
        self.findings = findings


class Findings(list[Diagnostic]):
    """Findings as they come; raises TooManyFindings where nobody would read them all."""

    def append(self, item: Diagnostic) -> None:
        super().append(item)
        self._look()

    def extend(self, items: Iterable[Diagnostic]) -> None:
        super().extend(items)
        self._look()

    def _look(self) -> None:
        if len(self) > MOST_FINDINGS:
            raise TooManyFindings(self[:MOST_FINDINGS])


def read_spec(document: Document) -> tuple[SpecEntries, list[Diagnostic]]:
    """The entities of a document, and every finding about its form. Raises TooManyFindings."""
    reader = _Reader(document)
    return reader.read(), reader.findings


@dataclass(slots=True)
class _Reader:
    document: Document
    findings: Findings = field(default_factory=Findings)

    def read(self) -> SpecEntries:
        source = Source(self.document)
        root = self.document.root
        self._check_version(source)
        self._check_keys(source)
        unknown = [key for key in root if key not in TOP_LEVEL]
        misspelt = {nearest(key, TOP_LEVEL) for key in unknown[:MOST_KEYS]}
        if "service" not in root and "gaugewright" in root and "service" not in misspelt:
            self._missing(source, "service", "service: {name: my_service}")
        return SpecEntries(
            source=source,
            service=self._one(schema.ServiceSpec, source.at("service")),
            config=self._one(schema.MetricsConfigSpec, source.at("metrics_config")),
            routing=self._one(schema.RoutingSpec, source.at("routing")),
            labels=self._labels(source.at("labels")),
            metrics=tuple(self._metric(item) for item in self._items(source.at("metrics"))),
            recording_rules=self._list(schema.RecordingRuleSpec, source.at("recording_rules")),
            channels=self._list(schema.ChannelSpec, source.at("notification_channels")),
            alert_rules=self._list(schema.AlertSpec, source.at("alert_rules")),
            dashboards=tuple(self._dashboard(item) for item in self._items(source.at("dashboards"))),
            allow=self._list(schema.AllowSpec, source.at("allow")),
            exports=self._list(schema.ExportSpec, source.at("historical_exports")),
        )

    def _check_version(self, source: Source) -> None:
        version = self.document.root.get("gaugewright")
        if version == 1 and version is not True:
            return
        if "gaugewright" in self.document.root:
            place = source.at("gaugewright").place()
            message = "`gaugewright:` says which version of the spec's format this is, and only 1 exists"
        else:
            place = self.document.place(0, 0)
            message = "the spec does not say its format's version"
        self._add("unsupported-version", message, place, "Write `gaugewright: 1` as the first line.")

    def _check_keys(self, source: Source) -> None:
        for key in self.document.root:
            if key not in TOP_LEVEL:
                help = did_you_mean(key, TOP_LEVEL) or f"The keys are {', '.join(TOP_LEVEL)}."
                self._add("unknown-field", f"a spec has no key `{key}`", source.at(key).key_place(), help)

    def _missing(self, source: Source, name: str, example: str) -> None:
        message = f"`{name}` is missing"
        self._add("missing-field", message, source.document.place(0, 0), f"Add `{example}`.")

    def _add(self, code: str, message: str, place: Any, help: str, related: Iterable[Related] = ()) -> None:
        self.findings.append(Diagnostic(code, "error", message, place, help, tuple(related)))

    def _one(self, model: type[E], source: Source, ignore: frozenset[str] = frozenset()) -> Entry[E]:
        """The entity at `source`; one that is absent is made of defaults and placeholders."""
        try:
            value = source.value()
        except (LookupError, TypeError):
            return Entry(_filled(model, {}), source, frozenset(model.placeholders))
        if not isinstance(value, dict):
            self._not_a(source, "mapping", value)
            return Entry(_filled(model, {}), source, frozenset(model.model_fields))
        if len(value) > MOST_KEYS:
            help = "An entity has a few fields, each once."
            self._add("yaml-limit", f"a mapping of {len(value):,} keys", source.place(), help)
            return Entry(_filled(model, {}), source, frozenset(model.model_fields))
        fields = {key: item for key, item in value.items() if key not in ignore} if ignore else value
        try:
            return Entry(model.model_validate(fields), source)
        except ValidationError as error:
            found, broken = field_findings(error, model, source)
            self.findings.extend(found)
        good = {key: item for key, item in fields.items() if key not in broken}
        return Entry(_filled(model, good), source, broken)

    def _items(self, source: Source) -> list[Source]:
        """The sources of a list's items."""
        try:
            value = source.value()
        except (LookupError, TypeError):
            return []
        if isinstance(value, list):
            return [source.at(index) for index in range(len(value))]
        if value is not None:
            self._not_a(source, "list", value)
        return []

    def _list(self, model: type[E], source: Source) -> tuple[Entry[E], ...]:
        return tuple(self._one(model, item) for item in self._items(source))

    def _labels(self, source: Source) -> dict[str, Entry[schema.LabelSpec]]:
        try:
            value = source.value()
        except (LookupError, TypeError):
            return {}
        if not isinstance(value, dict):
            if value is not None:
                self._not_a(source, "mapping", value)
            return {}
        return {name: self._label(name, source.at(name)) for name in value}

    def _label(self, name: str, source: Source) -> Entry[schema.LabelSpec]:
        value = source.value()
        if isinstance(value, list):
            spec, found = label_of_values(value, source)
            broken = frozenset[str]() if spec.values else frozenset(("values",))
            entry = Entry(spec, source, broken)
        else:
            entry = self._one(schema.LabelSpec, source)
            found = bound_findings(name, entry.spec, source)
        self.findings.extend(name_findings(name, source))
        self.findings.extend(found)
        return entry

    def _metric(self, source: Source) -> MetricEntry:
        header = self._one(schema.MetricSpec, source, frozenset(("labels",)))
        if not isinstance(source.value(), dict):
            return MetricEntry(header, ())
        uses = (self._label_use(item) for item in self._items(source.at("labels")))
        return MetricEntry(header, tuple(use for use in uses if use is not None))

    def _label_use(self, source: Source) -> LabelUse | None:
        value = source.value()
        if isinstance(value, str):
            if re.fullmatch(LABEL_NAME, value):
                return LabelUse(value, source, None)
            rule = "a label name is letters, digits and `_`, not beginning with a digit"
            self._add("invalid-value", f"{rule}, and `{value}` is not", source.place(), "Rename it.")
        elif isinstance(value, dict) and len(value) == 1:
            name = next(iter(value))
            return LabelUse(name, source, self._label(name, source.at(name)))
        else:
            message = "a metric's label is a name, or one `name: definition`"
            help = "Write `- status`, or `- status: [success, error]`."
            self._add("invalid-value", message, source.place(), help)
        return None

    def _dashboard(self, source: Source) -> DashboardEntry:
        nested = frozenset(("panels", "variables"))
        header = self._one(schema.DashboardHeader, source, nested)
        if not isinstance(source.value(), dict):
            return DashboardEntry(header, (), ())
        items = tuple(self._panel_or_row(item) for item in self._items(source.at("panels")))
        panels = [entry for entry in items if isinstance(entry.spec, schema.PanelSpec)]
        self._check_count(source, "panels", len(panels), 1, 50)
        variables = self._list(schema.VariableSpec, source.at("variables"))
        self._check_count(source, "variables", len(variables), 0, 20)
        return DashboardEntry(header, items, variables)

    def _panel_or_row(self, source: Source) -> Any:
        value = source.value()
        is_row = isinstance(value, dict) and "row" in value and "panel_type" not in value
        return self._one(schema.RowSpec if is_row else schema.PanelSpec, source)

    def _check_count(self, source: Source, name: str, count: int, least: int, most: int) -> None:
        if least <= count <= most:
            return
        at = source.at(name)
        if not at.exists():
            message = f"a dashboard without `{name}`"
            self._add("missing-field", message, source.place(), f"Add at least {least}.")
        elif at.value() is None or isinstance(at.value(), list):
            message = f"`{name}` must have {least} to {most} items, and has {count}"
            self._add("invalid-value", message, at.key_place(), "Split it into several dashboards."
                      if count > most else "Add one.")  # fmt: skip

    def _not_a(self, source: Source, wanted: str, value: Any) -> None:
        name = source.path[-1] if source.path else "the spec"
        what = f"item {name + 1} of `{source.path[-2]}`" if isinstance(name, int) else f"`{name}`"
        if wanted == "mapping" and isinstance(value, str) and "," in value:
            self._add("invalid-value", f"{what} must be a {wanted}", source.place(), f"Write the values as [{value}].")
            return
        hint = "its fields as `key: value`, indented" if wanted == "mapping" else "items that begin with `- `"
        message = f"{what} must be a {wanted}" + (", and is empty" if value is None else "")
        self._add("invalid-value", message, source.place(), f"A {wanted} has {hint}.")


def _filled(model: type[E], good: dict[str, Any]) -> E:
    """The entity with placeholders for what is required and not good."""
    return model.model_validate({**model.placeholders, **good})
