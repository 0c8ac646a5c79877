"""The instrumentation module that the service imports: `python/<service>_metrics.py`.

It is one file that needs prometheus_client and the standard library alone. Its fixed parts are plain Python
in the templates; what depends on the spec is worked out here, as names, literals and docstrings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from gaugewright.emit import python_text as text
from gaugewright.emit.escaping import python_string
from gaugewright.emit.python_names import NameTable, camel_case, parameter
from gaugewright.emit.python_uses import Uses, uses_of
from gaugewright.emit.scrape_limits import OPEN_VALUE_LENGTH
from gaugewright.emit.templates import folder, render
from gaugewright.model.metrics import LabelDomain, Metric
from gaugewright.model.model import Model
from gaugewright.model.service import Secret

_BASES = {"counter": "_Counter", "gauge": "_Gauge", "histogram": "_Histogram", "summary": "_Summary"}
_BOUND = {"counter": "BoundCounter", "gauge": "BoundGauge"}
_SHORT_KEY = 30
"""Characters of a tuple of labels that fits the longest line that it stands in (88 characters)."""
_EXPORTED = (
    *("ASGIApp", "BoundCounter", "BoundDuration", "BoundGauge", "BoundObserver", "ConfigWatcher", "MetricInfo"),
    *("MetricType", "Metrics", "MetricsConfig", "MetricsServer", "RejectedError", "Secret", "Timer", "fake"),
)


@dataclass(frozen=True, slots=True)
class Alias:
    """A closed domain as a type: `Pool = Literal[...]`."""

    name: str
    literal: str
    description: str


@dataclass(frozen=True, slots=True)
class LabelView:
    """A label of one metric: the argument, its type, and what guards its values at run time."""

    parameter: str
    type: str
    guard: str


@dataclass(frozen=True, slots=True)
class MetricView:
    """A metric as its class is written. `key` is the tuple of its labels; where that is long, a variable
    that holds it."""

    name: str
    description: str
    kind: str
    group: str
    unit: str
    initialize: bool
    attribute: str
    class_name: str
    base: str
    bound: str
    timed: bool
    of_unit: str
    docstring: str
    labels: tuple[LabelView, ...]
    key: str
    long_key: bool
    buckets: tuple[str, ...]
    default_buckets: bool
    across_processes: str


def emit(model: Model) -> dict[str, bytes]:
    names = NameTable(_taken_names())
    aliases: dict[tuple[str, tuple[str, ...]], Alias] = {}
    uses = uses_of(model)
    views = tuple(_view(metric, names, aliases, uses, model) for metric in _metrics(model))
    module = render(
        "python/module.py.j2",
        model=model,
        spec_name=text.comment(model.spec_name),
        config=model.config,
        user=text.optional(model.config.basic_auth_username),
        default_bounds=text.floats(model.config.histogram_buckets),
        docstring=text.docstring(_introduction(model, views)),
        exported=sorted((*_EXPORTED, *(v.class_name for v in views), *(a.name for a in aliases.values()))),
        rejected_description=model.series[model.rejected_counter].description,
        longest_value=OPEN_VALUE_LENGTH,
        password=_password(model.config.basic_auth_password),
        aliases=tuple(aliases.values()),
        metrics=views,
        any_summary=any(view.kind == "summary" for view in views),
        any_default_buckets=any(view.default_buckets for view in views),
    )
    return {f"python/{model.service.name}_metrics.py": module}


def _metrics(model: Model) -> Iterator[Metric]:
    """The declared metrics, and the maintenance gauge where there is one."""
    yield from model.metrics
    if model.maintenance_alerts:
        series = model.series[model.maintenance_gauge]
        yield Metric(
            name=series.name,
            metric_type="gauge",
            description=series.description,
            labels=(),
            unit=None,
            group="service",
            buckets=(),
            initialize=True,
            deprecated=None,
            attribute=_maintenance_attribute(model),
            series=(series,),
            enabled=True,
            source=model.source,
        )


def _maintenance_attribute(model: Model) -> str:
    return NameTable(metric.attribute for metric in model.metrics).claim("maintenance_mode")


def _view(
    metric: Metric,
    names: NameTable,
    aliases: dict[tuple[str, tuple[str, ...]], Alias],
    uses: Uses,
    model: Model,
) -> MetricView:
    kind = metric.metric_type
    class_name = names.claim(camel_case(metric.attribute), f"{camel_case(metric.attribute)}Metric")
    arguments = {label.name: parameter(label.name, [one.name for one in metric.labels]) for label in metric.labels}
    labels = tuple(_label_view(label, arguments[label.name], class_name, names, aliases) for label in metric.labels)
    key = "(" + ", ".join(arguments.values()) + ("," if len(arguments) == 1 else "") + ")"
    long_key = len(key) > _SHORT_KEY
    timed = kind in ("histogram", "summary") and metric.unit in (None, "seconds")
    return MetricView(
        name=metric.name,
        description=text.storable(metric.description),
        kind=kind,
        group=metric.group,
        unit=metric.unit or "",
        initialize=metric.initialize,
        attribute=metric.attribute,
        class_name=class_name,
        base=_BASES[kind],
        bound=_BOUND.get(kind, "BoundDuration" if timed else "BoundObserver"),
        timed=timed,
        of_unit=f", in {metric.unit}" if metric.unit and metric.unit.isidentifier() else "",
        docstring=text.docstring(_description(metric, arguments, uses), indent=4),
        labels=labels,
        key="label_values" if long_key else key,
        long_key=long_key,
        buckets=text.floats(metric.buckets),
        default_buckets=kind == "histogram" and metric.buckets == model.config.histogram_buckets,
        across_processes=_across_processes(metric, model),
    )


def _across_processes(metric: Metric, model: Model) -> str:
    """How prometheus_client joins a gauge's values of several processes; empty for the sum of those alive.

    A time of the last event is the latest one; the maintenance switch is where it was put last."""
    if metric.name == model.maintenance_gauge:
        return "mostrecent"
    is_time = metric.metric_type == "gauge" and metric.name.endswith("_timestamp_seconds")
    return "max" if is_time else ""


def _label_view(
    label: LabelDomain,
    argument: str,
    class_name: str,
    names: NameTable,
    aliases: dict[tuple[str, tuple[str, ...]], Alias],
) -> LabelView:
    name = python_string(label.name)
    if label.values is None:
        return LabelView(argument, "str", f"_OpenLabel({name}, max_values={label.size})")
    domain = (label.name, label.values)
    if domain not in aliases:
        camel = camel_case(label.name)
        alias = names.claim(camel, f"{class_name}{camel}", f"{class_name}{camel}Label")
        described = text.docstring([label.description]) if label.description.strip() else ""
        aliases[domain] = Alias(alias, text.literal_type(label.values), described)
    alias = aliases[domain].name
    return LabelView(argument, alias, f"_ClosedLabel({name}, get_args({alias}))")


def _description(metric: Metric, arguments: dict[str, str], uses: Uses) -> list[str]:
    """The docstring's paragraphs: what it counts, its unit and labels, and who reads it."""
    facts = [f"Exposed as {' and '.join(series.name for series in metric.series)}."]
    if metric.unit:
        facts.append(f"Unit: {metric.unit}.")
    if metric.group != "service":
        facts.append(f"Group: {metric.group}.")
    paragraphs = [metric.description, " ".join(facts)]
    if metric.deprecated:
        old = metric.deprecated
        instead = f" Use {old.replaced_by}." if old.replaced_by else ""
        paragraphs.append(f"Deprecated since {old.since}.{instead} {old.reason}")
    for label in metric.labels:
        argument = arguments[label.name]
        renamed = f" (the label {label.name})" if argument != label.name else ""
        open_domain = "" if label.closed else f" At most {label.size} values."
        paragraphs.append(f"{argument}{renamed}: {label.description or 'a label.'}{open_domain}")
    if alerts := uses.alerts.get(metric.name):
        paragraphs.append(f"Alerts: {', '.join(alerts)}.")
    if panels := uses.panels.get(metric.name):
        paragraphs.append(f"Panels: {', '.join(panels)}.")
    return paragraphs


def _introduction(model: Model, views: tuple[MetricView, ...]) -> list[str]:
    service = model.service
    module = f"{service.name}_metrics"
    what = f" {service.description}" if service.description else ""
    paragraphs = [f"The metrics of {service.name}.{what}"]
    if views:
        paragraphs.append(f"Begin with `from {module} import Metrics` and `metrics = Metrics()`.")
    return [
        *paragraphs,
        "Every metric is an attribute of Metrics, its labels are keyword arguments with the types that the "
        "spec gives them. Calls never raise: a label value outside its domain counts under __invalid__, one "
        "beyond an open domain's bound under __overflow__, one that looks like an address or a credential "
        "under __redacted__, and an amount that is no finite number, or negative for a counter, not at all. "
        f"Each of these counts in {model.rejected_counter} too. A label whose name Python or a method uses "
        "itself (class, amount) has an underscore behind it.",
        "metrics.serve() answers Prometheus, asgi_app() and wsgi_app() do within another server, reload() and "
        "watch() change the configuration while the service runs.",
    ]


def _password(secret: Secret | None) -> str:
    if secret is None:
        return "None"
    if secret.env is not None:
        return f"Secret(env={python_string(secret.env)})"
    return f"Secret(file={python_string(secret.file or '')})"


@cache
def _taken_names() -> frozenset[str]:
    """Every name that the module's fixed parts define or use: those of its templates."""
    parts = (path.read_text("utf-8") for path in sorted((folder() / "python").glob("*.j2")))
    return frozenset(word for part in parts for word in re.findall(r"[A-Za-z_]\w*", part))
