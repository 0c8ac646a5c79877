"""`openapi/metrics.yaml`: the exposition endpoint in OpenAPI 3.1, as the generated module serves it.

The formats are those that the module answers; see prometheus_client's `choose_encoder`, and Prometheus's page
"Exposition formats".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gaugewright.emit.endpoint import base_url, openmetrics_sample, text_sample
from gaugewright.emit.escaping import yaml_block, yaml_quoted
from gaugewright.emit.templates import render
from gaugewright.model.metrics import Metric
from gaugewright.model.model import Model

EXAMPLES = 12
"""Metric names offered as examples of `name[]`: enough for a list, not for a page."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where the endpoint answers; OpenAPI reads `{` and `}` in a URL as a template, and none are here."""

    url: str
    description: str


@dataclass(frozen=True, slots=True)
class Format:
    """A format: the media type that `Accept` names, the `Content-Type` that comes back, which example shows it."""

    media_type: str
    answer: str
    description: str
    example: str


FORMATS = (
    Format(
        "text/plain; version=0.0.4",
        "text/plain; version=0.0.4; charset=utf-8",
        "Prometheus's text format; the answer where `Accept` names no other",
        "text",
    ),
    Format(
        "text/plain; version=1.0.0",
        "text/plain; version=1.0.0; charset=utf-8; escaping=underscores",
        "Prometheus's text format 1.0, which Prometheus 3 asks for",
        "text",
    ),
    Format(
        "application/openmetrics-text; version=1.0.0",
        "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores",
        "OpenMetrics 1.0",
        "openmetrics",
    ),
)
"""The default first."""


def emit(model: Model) -> dict[str, bytes]:
    return {
        "openapi/metrics.yaml": render(
            "openapi/metrics.yaml.j2",
            model=model,
            auth=model.config.basic_auth_username is not None,
            path=model.config.exposition_path,
            servers=tuple(servers(model)),
            formats=FORMATS,
            text=text_sample(shown_metrics(model)),
            openmetrics=openmetrics_sample(shown_metrics(model)),
            series_names=series_names(model),
            version=f"1.0.0+{model.spec_sha256[:12]}",
            document=document,
            description="TODO",
            get_description="TODO",
            names_description="TODO",
        )
    }


def document(text: str, indent: int) -> str:
    """A whole text as a YAML scalar, its last line end too, which an exposition must have."""
    block = yaml_block(text, indent)
    return "|" + block.removeprefix("|-") if block.startswith("|-") else yaml_quoted(text)


def servers(model: Model) -> Iterator[Server]:
    """The address that the service listens on, and the targets that Prometheus scrapes, each once."""
    own = base_url(model.config)
    yield Server(own, "Where the service listens")
    for target in dict.fromkeys(model.service.targets):
        url = f"http://{target}"
        if url != own:
            yield Server(url, "What Prometheus scrapes")


def shown_metrics(model: Model) -> tuple[Metric, ...]:
    """The first metric of each type that the service exposes."""
    found: dict[str, Metric] = {}
    for metric in model.metrics:
        if metric.enabled:
            found.setdefault(metric.metric_type, metric)
    return tuple(found.values())


def series_names(model: Model) -> tuple[str, ...]:
    """Names that `name[]` takes: those of series, not of metrics (`x_bucket`, never the histogram `x`)."""
    names = (series.name for metric in model.metrics if metric.enabled for series in metric.series)
    return tuple(names)[:EXAMPLES]
