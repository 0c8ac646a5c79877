"""`openapi/metrics.yaml`: the exposition endpoint in OpenAPI 3.1, as the generated module serves it.

What it says is what `templates/python/endpoint.py.j2` and `conversation.py.j2` do; the tests ask a running module.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gaugewright.emit.endpoint import base_url, openmetrics_sample, text_sample
from gaugewright.emit.escaping import yaml_block, yaml_quoted
from gaugewright.emit.markdown import inline
from gaugewright.emit.templates import render
from gaugewright.model.metrics import Metric
from gaugewright.model.model import Model

EXAMPLES = 12
"""Metric names offered as examples of `name[]`: enough for a list, not for a page."""

GET = (
    "`Accept` chooses between Prometheus's text format and OpenMetrics.\n"
    "The body ends with a line end, and in OpenMetrics with `# EOF`."
)

PATH = (
    "Methods other than GET and HEAD are answered with 405, `Allow` naming both; paths that are not here with 404.\n"
    "Other parameters and headers are ignored. A request with a body ends its connection. HTTP/2 is answered with 505."
)

NAMES = (
    "Names of series, each in a `name[]` of its own: only these are answered.\n"
    "A histogram `x` is `x_bucket`, `x_sum` and `x_count`. Names that do not exist are left out."
)


@dataclass(frozen=True, slots=True)
class Server:
    """Where the endpoint answers; OpenAPI reads `{` and `}` in a URL as a template, and none are here."""

    url: str
    description: str


@dataclass(frozen=True, slots=True)
class Format:
    """A format: the media type that `Accept` names, the `Content-Type` of the answer, and its example."""

    media_type: str
    answer: str
    description: str
    example: str


FORMATS = (
    Format(
        "text/plain; version=0.0.4",
        "text/plain; version=0.0.4; charset=utf-8",
        "Prometheus's text format, unless OpenMetrics is preferred",
        "Text",
    ),
    Format(
        "application/openmetrics-text; version=1.0.0",
        "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores",
        "OpenMetrics, where `Accept` names it and does not prefer `text/plain`",
        "OpenMetrics",
    ),
)
"""The default first."""

CHALLENGE = 'Basic realm="metrics", charset="UTF-8"'


def emit(model: Model) -> dict[str, bytes]:
    shown = shown_metrics(model)
    return {
        "openapi/metrics.yaml": render(
            "openapi/metrics.yaml.j2",
            model=model,
            auth=model.config.basic_auth_username is not None,
            challenge=CHALLENGE,
            description=description(model),
            document=document,
            formats=FORMATS,
            get_description=GET,
            names_description=NAMES,
            path_description=PATH,
            openmetrics=openmetrics_sample(shown),
            path=model.config.exposition_path,
            series_names=series_names(model),
            servers=tuple(servers(model)),
            text=text_sample(shown),
            version=f"1.0.0+{model.spec_sha256[:12]}",
        )
    }


def description(model: Model) -> str:
    """Markdown, as OpenAPI reads descriptions."""
    numbers = f"{len(model.metrics)} metrics, at most {model.series_count} series"
    scraped = f"Prometheus scrapes it every {model.config.scrape_interval_seconds} seconds."
    own = f"{inline(model.service.description)}\n\n" if model.service.description else ""
    return f"{own}The endpoint has {numbers} and those of the module itself. {scraped}"


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
