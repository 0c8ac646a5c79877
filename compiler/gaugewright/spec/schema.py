"""What a user may write: one pydantic model an entity, with the data model's defaults and rules.

A field's `description` is what an editor shows (`gaugewright schema`). Rules that need more than
one field, or another entity, are checks of the model (`checks/`), where each has its own code.
"""

from typing import Annotated, Any, ClassVar, Literal

from gaugewright.spec.fields import (
    AlertName,
    AnnotationName,
    Date,
    Duration,
    Entity,
    ExportTime,
    GrafanaInterval,
    GrafanaTime,
    GroupLabel,
    Host,
    HostPort,
    LabelName,
    MetricName,
    Name,
    Number,
    Port,
    RuleName,
    Samples,
    ServiceName,
    SomeTime,
    Text,
    UrlPath,
    Uuid,
    VariableName,
    WindowLength,
    grouping,
)
from pydantic import AfterValidator, ConfigDict, Field

MetricType = Literal["counter", "gauge", "histogram", "summary"]
ChannelType = Literal[
    "email", "slack", "pagerduty", "webhook", "opsgenie", "msteams", "msteamsv2", "discord", "telegram",
    "victorops", "sns", "webex", "pushover",
]  # fmt: skip


class EnvSecret(Entity):
    """A secret kept in an environment variable."""

    env: Annotated[LabelName, Field(description="The environment variable that holds the secret")]


class FileSecret(Entity):
    """A secret kept in a file."""

    file: Annotated[Text, Field(min_length=1, description="The file that holds the secret")]


def _password(value: Any) -> Any:
    if isinstance(value, str) and len(value) < 8:
        raise ValueError("must have at least 8 characters")
    return value


class ServiceSpec(Entity):
    """The service that the spec describes."""

    placeholders: ClassVar[dict[str, Any]] = {"name": "unnamed"}

    name: Annotated[ServiceName, Field(description="Names the outputs and the generated module")]
    description: Annotated[Text, Field(description="What the service does")] = ""
    owner: Annotated[Text, Field(description="Who is asked about it")] = ""
    main_port: Annotated[Port, Field(description="The service's own port")] = 8000
    runbook_url: Annotated[Text | None, Field(description="A URL; {alert} becomes the alert's name")] = None
    targets: Annotated[
        list[HostPort],
        Field(description="host:port of each instance; default: the exposition address", default_factory=list),
    ]
    target_labels: Annotated[
        dict[LabelName, Text],
        Field(description="Labels that Prometheus adds to every series it scrapes", default_factory=dict),
    ]
    external_labels: Annotated[
        dict[LabelName, Text],
        Field(description="Labels that Prometheus adds when it sends elsewhere", default_factory=dict),
    ]
    alertmanagers: Annotated[list[HostPort], Field(description="host:port of each Alertmanager")] = ["localhost:9093"]
    feature_flags: Annotated[
        list[Text],
        Field(
            description="Prometheus's --enable-feature flags, such as promql-experimental-functions",
            default_factory=list,
        ),
    ]
    prometheus_url: Annotated[Text, Field(description="Where Grafana finds Prometheus")] = "http://localhost:9090"


class MetricsConfigSpec(Entity):
    """How the service exposes its metrics (the data model's MetricsConfig)."""

    enabled: Annotated[bool, Field(description="Collect metrics at all")] = True
    exposition_host: Annotated[Host, Field(description="Host of the metrics endpoint")] = "0.0.0.0"
    exposition_port: Annotated[int, Field(ge=1024, le=65535, description="Port of the metrics endpoint")] = 9090
    exposition_path: Annotated[UrlPath, Field(description="Path of the metrics endpoint")] = "/metrics"
    scrape_interval_seconds: Annotated[
        int, Field(ge=1, le=3600, description="Seconds between two scrapes, and between two evaluations")
    ] = 60
    enable_process_metrics: Annotated[bool, Field(description="Process, platform and gc metrics")] = True
    enable_pool_metrics: Annotated[bool, Field(description="Metrics of the group `pool`")] = True
    enable_request_metrics: Annotated[bool, Field(description="Metrics of the group `request`")] = True
    histogram_buckets: Annotated[
        list[Number], Field(min_length=2, description="Default bucket boundaries, ascending")
    ] = [0.1, 0.5, 1.0, 2.0, 5.0, 10.0]
    label_cardinality_limit: Annotated[
        int, Field(ge=100, le=10000, description="Most label combinations of all metrics together")
    ] = 1000
    basic_auth_username: Annotated[Text | None, Field(min_length=3, description="User of the metrics endpoint")] = None
    basic_auth_password: Annotated[
        EnvSecret | FileSecret | Text | None,
        AfterValidator(_password),
        Field(description="{env: NAME}, {file: PATH}, or the password itself (with a warning)"),
    ] = None


class LabelSpec(Entity):
    """A label's meaning and the values it can have."""

    description: Annotated[Text, Field(description="What the label tells")] = ""
    values: Annotated[list[Text] | None, Field(min_length=1, description="All values (a closed domain)")] = None
    max_values: Annotated[int | None, Field(ge=1, le=1_000_000, description="Most values (an open domain)")] = None
    sensitive: Annotated[bool, Field(description="Its values must not stand in alert texts")] = False


class DeprecationSpec(Entity):
    """Since when, and what to use instead."""

    since: Annotated[Text, Field(description="A version or date")] = ""
    replaced_by: Annotated[MetricName | None, Field(description="The metric to use instead")] = None
    reason: Annotated[Text, Field(description="Why")] = ""


class MetricSpec(Entity):
    """A metric (the data model's ProxyMetric)."""

    placeholders: ClassVar[dict[str, Any]] = {
        "name": "unnamed",
        "metric_type": "gauge",
        "description": "no description",
    }

    name: Annotated[MetricName, Field(description="Name as exposed; counters end in _total")]
    metric_type: Annotated[MetricType, Field(description="counter, gauge, histogram or summary")]
    description: Annotated[Text, Field(min_length=10, description="What it measures")]
    labels: Annotated[
        list[LabelName | dict[LabelName, LabelSpec | list[Text]]],
        Field(description="Names of labels, or {name: definition} for this metric alone", default_factory=list),
    ]
    unit: Annotated[Text | None, Field(description="seconds, bytes, ratio, ...")] = None
    group: Annotated[
        Literal["request", "pool", "process", "service"],
        Field(description="Which enable_* switch it follows"),
    ] = "service"
    buckets: Annotated[list[Number] | None, Field(min_length=2, description="Bucket boundaries, ascending")] = None
    initialize: Annotated[bool, Field(description="Create every series at start, at 0")] = True
    deprecated: Annotated[DeprecationSpec | None, Field(description="Still exposed, not to be used")] = None


class RecordingRuleSpec(Entity):
    """A query that Prometheus stores under a name."""

    placeholders: ClassVar[dict[str, Any]] = {"name": "level:unnamed:op", "query": "0"}

    name: Annotated[RuleName, Field(description="level:metric:operations")]
    query: Annotated[Text, Field(min_length=1, description="PromQL")]
    description: Annotated[Text, Field(description="What it means")] = ""
    labels: Annotated[dict[LabelName, Text], Field(description="Labels added to every result", default_factory=dict)]


class ChannelSpec(Entity):
    """A notification channel. Other keys are the Alertmanager receiver's own."""

    model_config = ConfigDict(extra="allow")
    placeholders: ClassVar[dict[str, Any]] = {"name": "unnamed", "type": "webhook"}

    name: Annotated[Name, Field(description="What alerts call it")]
    type: Annotated[ChannelType, Field(description="The kind of receiver")]
    send_resolved: Annotated[bool, Field(description="Tell when an alert is over")] = True


class InputSeriesSpec(Entity):
    """A series of an alert's test."""

    placeholders: ClassVar[dict[str, Any]] = {"metric": "unnamed", "values": "0"}

    metric: Annotated[MetricName, Field(description="A metric; of a histogram or summary, one of its series")]
    labels: Annotated[
        dict[LabelName, Text],
        Field(description="The metric's own labels; a target's are added", default_factory=dict),
    ]
    values: Annotated[Samples, Field(description="One sample each `interval`: `0 0 5`, `0+10x20`, `5x20`, `_x3`")]


class AlertTestSpec(Entity):
    """A test of an alert: series, and what fires then."""

    placeholders: ClassVar[dict[str, Any]] = {"eval_time": "1m", "firing": []}

    name: Annotated[Text, Field(description="What it shows")] = ""
    interval: Annotated[
        SomeTime | None, Field(description="Between two samples, and two evaluations; default: the scrape interval")
    ] = None
    input_series: Annotated[list[InputSeriesSpec], Field(max_length=200, description="What is there")] = []
    eval_time: Annotated[Duration, Field(description="When it is looked at")]
    firing: Annotated[
        list[dict[LabelName, Text]],
        Field(max_length=200, description="Labels of each alert that fires then; none: it is silent"),
    ]


class AlertSpec(Entity):
    """An alert (the data model's AlertRule)."""

    placeholders: ClassVar[dict[str, Any]] = {
        "name": "unnamed",
        "query": "0",
        "threshold": 1.0,
        "comparison": "greater_than",
        "severity": "info",
        "summary": "no summary",
        "description": "no description at all",
        "notification_channels": ["unnamed"],
    }

    name: Annotated[AlertName, Field(description="The alert's name")]
    query: Annotated[Text, Field(min_length=1, description="PromQL, without the comparison")]
    threshold: Annotated[Number, Field(gt=0, description="What the query's value is compared with")]
    comparison: Annotated[
        Literal["greater_than", "less_than", "equal", "greater_than_equal", "less_than_equal"],
        Field(description="When it fires"),
    ]
    duration: Annotated[Duration, Field(description="How long the condition must hold")] = "5m"
    severity: Annotated[Literal["info", "warning", "critical"], Field(description="How urgent it is")]
    summary: Annotated[Text, Field(min_length=10, description="One line; a Go template")]
    description: Annotated[Text, Field(min_length=20, description="The details; a Go template")]
    annotations: Annotated[dict[AnnotationName, Text], Field(description="Further annotations", default_factory=dict)]
    labels: Annotated[dict[LabelName, Text], Field(description="Further labels of the alert", default_factory=dict)]
    keep_firing_for: Annotated[
        Duration | None, Field(description="How long it goes on firing after the condition ends")
    ] = None
    notification_channels: Annotated[list[Text], Field(min_length=1, max_length=10, description="Who is told")]
    suppression_enabled: Annotated[bool, Field(description="Mute it during maintenance")] = False
    suppression_schedule: Annotated[Text | None, Field(description="Cron: the minutes at which windows open")] = None
    suppression_duration: Annotated[WindowLength, Field(description="Length of each window")] = "1m"
    suppression_timezone: Annotated[Text, Field(description="IANA name of the schedule's time zone")] = "UTC"
    tests: Annotated[list[AlertTestSpec], Field(max_length=100, description="Tests of your own")] = []


class TimeRangeSpec(Entity):
    """What a dashboard shows when opened."""

    from_time: Annotated[GrafanaTime, Field(description="Grafana time")] = "now-6h"
    to_time: Annotated[GrafanaTime, Field(description="Grafana time")] = "now"


class ThresholdSpec(Entity):
    """From this value upwards, this colour."""

    placeholders: ClassVar[dict[str, Any]] = {"value": 0.0, "color": "green"}

    value: Annotated[Number, Field(description="In the panel's unit")]
    color: Annotated[Text, Field(min_length=1, description="A Grafana colour: green, #ff9900")]


class QuerySpec(Entity):
    """One of several queries of a panel."""

    placeholders: ClassVar[dict[str, Any]] = {"query": "0"}

    query: Annotated[Text, Field(min_length=1, description="PromQL")]
    legend: Annotated[Text, Field(description="Legend template")] = "{{ label }}"


class RowSpec(Entity):
    """Starts a row of panels."""

    placeholders: ClassVar[dict[str, Any]] = {"row": "unnamed"}

    row: Annotated[Text, Field(min_length=1, description="The row's title")]


class PanelSpec(Entity):
    """A panel of a dashboard. It has `query`, or several `queries`."""

    placeholders: ClassVar[dict[str, Any]] = {"title": "unnamed", "panel_type": "graph"}

    title: Annotated[Text, Field(min_length=1, description="Panel title")]
    panel_type: Annotated[Literal["graph", "stat", "table", "heatmap", "gauge"], Field(description="How it is drawn")]
    query: Annotated[Text | None, Field(min_length=1, description="PromQL")] = None
    queries: Annotated[list[QuerySpec] | None, Field(min_length=1, description="Several queries")] = None
    legend: Annotated[Text, Field(description="Legend template")] = "{{ label }}"
    unit: Annotated[Text, Field(description="Grafana unit: short, percentunit, s, bytes, ...")] = "short"
    thresholds: Annotated[list[ThresholdSpec], Field(description="Colours from values upwards", default_factory=list)]
    description: Annotated[Text, Field(description="Shown under the panel's (i)")] = ""
    width: Annotated[int | None, Field(ge=1, le=24, description="Of 24 columns")] = None
    height: Annotated[int | None, Field(ge=1, le=100, description="In units of 30 px")] = None


class VariableSpec(Entity):
    """A drop-down of a dashboard, with one of `label_of`, `values` and `query`."""

    placeholders: ClassVar[dict[str, Any]] = {"name": "unnamed"}

    name: Annotated[VariableName, Field(description="Queries write it as $name")]
    label: Annotated[Text, Field(description="What the drop-down is called")] = ""
    label_of: Annotated[LabelName | None, Field(description="The label whose values it offers")] = None
    values: Annotated[list[Text] | None, Field(min_length=1, description="The values it offers")] = None
    query: Annotated[Text | None, Field(min_length=1, description="A Grafana variable query")] = None
    multi: Annotated[bool, Field(description="Several values may be chosen")] = False
    include_all: Annotated[bool, Field(description="Offer `All`")] = False


class DashboardHeader(Entity):
    """A dashboard (the data model's DashboardConfig), but for its panels and variables."""

    placeholders: ClassVar[dict[str, Any]] = {"title": "unnamed", "time_range": {}}

    title: Annotated[Text, Field(min_length=3, description="Dashboard title")]
    description: Annotated[Text, Field(description="What it is for")] = ""
    time_range: Annotated[TimeRangeSpec, Field(description="What it shows when opened")]
    refresh_interval: Annotated[GrafanaInterval, Field(description="How often it refreshes")] = "30s"
    tags: Annotated[list[Text], Field(max_length=10, description="Dashboard tags", default_factory=list)]


class DashboardSpec(DashboardHeader):
    """A dashboard (the data model's DashboardConfig)."""

    model_config = ConfigDict(defer_build=True)

    panels: Annotated[list[PanelSpec | RowSpec], Field(min_length=1, description="1 to 50 panels, and rows")]
    variables: Annotated[list[VariableSpec], Field(max_length=20, description="Drop-downs", default_factory=list)]


class AllowSpec(Entity):
    """A finding that is accepted, with its reason."""

    placeholders: ClassVar[dict[str, Any]] = {"code": "unknown", "at": "unnamed", "reason": "no reason"}

    code: Annotated[Text, Field(description="The finding's code")]
    at: Annotated[Text, Field(min_length=1, description="The entity's name")]
    reason: Annotated[Text, Field(min_length=1, description="Why it is accepted")]
    until: Annotated[Date | None, Field(description="The last day on which it is accepted")] = None


class ExportSpec(Entity):
    """A historical export (the data model's HistoricalExport), as requested."""

    placeholders: ClassVar[dict[str, Any]] = {
        "name": "unnamed",
        "requested_by": "nobody",
        "metric_names": ["unnamed"],
        "start_time": "now-1d",
        "end_time": "now",
        "format": "csv",
        "output_path": "export",
    }

    name: Annotated[Name, Field(description="What `export run` calls it")]
    requested_by: Annotated[Text, Field(min_length=3, description="Who asks for it")]
    metric_names: Annotated[list[MetricName], Field(min_length=1, max_length=50, description="Metrics to export")]
    start_time: Annotated[ExportTime, Field(description="RFC 3339, or relative to now")]
    end_time: Annotated[ExportTime, Field(description="RFC 3339, or relative to now")]
    format: Annotated[Literal["csv", "json", "parquet"], Field(description="The file's format")]
    filters: Annotated[dict[Text, Text], Field(max_length=10, description="Label values to keep", default_factory=dict)]
    output_path: Annotated[Text, Field(min_length=1, description="Where the file is written")]
    export_id: Annotated[Uuid | None, Field(description="A UUID; made anew for each export if absent")] = None
    requested_at: Annotated[ExportTime | None, Field(description="When it was asked for")] = None
    status: Annotated[Literal["pending"], Field(description="A request is pending")] = "pending"


class RepeatSpec(Entity):
    """How often a notification is repeated while an alert fires, by severity."""

    critical: Annotated[SomeTime, Field(description="Of critical alerts")] = "1h"
    warning: Annotated[SomeTime, Field(description="Of warnings")] = "4h"
    info: Annotated[SomeTime, Field(description="Of information")] = "12h"


class InhibitSpec(Entity):
    """While one alert fires, others of the same scope are not told."""

    placeholders: ClassVar[dict[str, Any]] = {"source": "unnamed", "targets": ["unnamed"]}

    source: Annotated[AlertName, Field(description="The alert that mutes others while it fires")]
    targets: Annotated[list[AlertName], Field(min_length=1, description="The alerts that are muted")]
    equal: Annotated[
        list[LabelName] | None,
        Field(description="Labels in which source and target must agree; default: all that both keep"),
    ] = None


class RoutingSpec(Entity):
    """How Alertmanager groups and repeats notifications, and which alerts spare others."""

    group_by: Annotated[
        list[GroupLabel],
        AfterValidator(grouping),
        Field(description="Alerts alike in these are told together; `...`: each alone"),
    ] = ["alertname"]
    group_wait: Annotated[Duration, Field(description="How long a new group waits for more")] = "30s"
    group_interval: Annotated[SomeTime, Field(description="How long a group waits before it tells news")] = "5m"
    repeat_interval: Annotated[
        SomeTime | RepeatSpec, Field(description="How often it repeats: a duration, or one by severity")
    ] = RepeatSpec()
    inhibit_lower_severities: Annotated[
        bool, Field(description="Mute an alert while a more severe one of the same query fires for the same labels")
    ] = True
    inhibit_rules: Annotated[list[InhibitSpec], Field(description="Alerts that mute others while they fire")] = []


class Spec(Entity):
    """A whole spec file; used for its JSON Schema. Reading goes entity by entity (`spec/read.py`)."""

    model_config = ConfigDict(defer_build=True, title="Gaugewright spec")

    gaugewright: Annotated[Literal[1], Field(description="The format's version")]
    service: ServiceSpec
    metrics_config: MetricsConfigSpec = MetricsConfigSpec()
    labels: Annotated[dict[LabelName, LabelSpec | list[Text]], Field(description="Shared labels", default_factory=dict)]
    metrics: list[MetricSpec] = []
    recording_rules: list[RecordingRuleSpec] = []
    notification_channels: list[ChannelSpec] = []
    alert_rules: list[AlertSpec] = []
    dashboards: list[DashboardSpec] = []
    routing: RoutingSpec = RoutingSpec()
    allow: list[AllowSpec] = []
    historical_exports: list[ExportSpec] = []
