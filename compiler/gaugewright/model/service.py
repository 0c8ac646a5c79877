"""The service, its exposition, and where its channels are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gaugewright.spec.source import Source


@dataclass(frozen=True, slots=True)
class Secret:
    """Where a secret is found at run time; never the secret itself. One of the two is set."""

    env: str | None = None
    file: str | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """`targets` are `host:port`. `alertmanagers` and `prometheus_url` say where those servers are."""

    name: str
    description: str
    owner: str
    main_port: int
    runbook_url: str | None
    targets: tuple[str, ...]
    target_labels: Mapping[str, str]
    external_labels: Mapping[str, str]
    alertmanagers: tuple[str, ...]
    feature_flags: tuple[str, ...]
    prometheus_url: str
    source: Source = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Config:
    """The data model's MetricsConfig. `password_file` is where Prometheus reads the password,
    relative to its configuration file."""

    enabled: bool
    exposition_host: str
    exposition_port: int
    exposition_path: str
    scrape_interval_seconds: int
    enable_process_metrics: bool
    enable_pool_metrics: bool
    enable_request_metrics: bool
    histogram_buckets: tuple[float, ...]
    label_cardinality_limit: int
    basic_auth_username: str | None
    basic_auth_password: Secret | None
    password_file: str | None
    source: Source = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class InhibitRule:
    """An inhibition that the spec asks for, between alerts by name. `equal` is None where it is not said."""

    source: str
    targets: tuple[str, ...]
    equal: tuple[str, ...] | None
    place: Source = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Routing:
    """How Alertmanager groups, repeats and inhibits. Durations as Prometheus writes them (`30s`, `4h`)."""

    group_by: tuple[str, ...]
    group_wait: str
    group_interval: str
    repeat_interval: Mapping[str, str]
    """By severity: `{"critical": "1h", "warning": "4h", "info": "12h"}`."""
    inhibit_lower_severities: bool = True
    inhibit_rules: tuple[InhibitRule, ...] = ()


@dataclass(frozen=True, slots=True)
class ChannelSecret:
    """A secret of a channel that the user keeps in an environment variable.

    Alertmanager reads files only, so the set-up writes `env`'s value to `file` (relative to the folder
    that Alertmanager is started in: it looks nowhere else)."""

    channel: str
    field: str
    env: str
    file: str


@dataclass(frozen=True, slots=True)
class Channel:
    """A notification channel. `settings` are the Alertmanager receiver's own fields, ready to be
    written; `receiver` is the key they stand under (`slack_configs`)."""

    name: str
    type: str
    receiver: str
    send_resolved: bool
    settings: Mapping[str, Any]
    secrets: tuple[ChannelSecret, ...]
    source: Source = field(compare=False, repr=False)
