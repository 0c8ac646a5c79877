"""The service, its configuration and its channels."""

from __future__ import annotations

from typing import Any

from gaugewright.diagnostics.catalogue import finding
from gaugewright.diagnostics.suggest import sentence
from gaugewright.model.names import Names
from gaugewright.model.receivers import check_channel, receiver_key, settings
from gaugewright.model.service import Channel, Config, Secret, Service
from gaugewright.spec import schema
from gaugewright.spec.read import Entry, SpecEntries
from gaugewright.spec.source import Source

PASSWORD_FILE = "secrets/metrics-password"
"""Where Prometheus reads a password that the service has in its environment."""


def resolve_config(entries: SpecEntries) -> Config:
    spec = entries.config.spec
    secret = _password(spec.basic_auth_password, entries.service.spec.name)
    return Config(
        enabled=spec.enabled,
        exposition_host=spec.exposition_host,
        exposition_port=spec.exposition_port,
        exposition_path=spec.exposition_path,
        scrape_interval_seconds=spec.scrape_interval_seconds,
        enable_process_metrics=spec.enable_process_metrics,
        enable_pool_metrics=spec.enable_pool_metrics,
        enable_request_metrics=spec.enable_request_metrics,
        histogram_buckets=tuple(spec.histogram_buckets),
        label_cardinality_limit=spec.label_cardinality_limit,
        basic_auth_username=spec.basic_auth_username,
        basic_auth_password=secret,
        password_file=None if secret is None else secret.file or PASSWORD_FILE,
        source=entries.config.source,
    )


def _password(value: Any, service: str) -> Secret | None:
    """A literal password is dropped here: the module looks for it in the environment instead."""
    if value is None:
        return None
    if isinstance(value, schema.EnvSecret):
        return Secret(env=value.env)
    if isinstance(value, schema.FileSecret):
        return Secret(file=value.file)
    return Secret(env=f"{service.upper()}_METRICS_PASSWORD")


def resolve_service(entries: SpecEntries, config: Config) -> Service:
    spec = entries.service.spec
    host = config.exposition_host
    reached = "localhost" if host in ("0.0.0.0", "::", "[::]") else host
    if ":" in reached and not reached.startswith("["):
        reached = f"[{reached}]"
    return Service(
        name=spec.name,
        description=spec.description,
        owner=spec.owner,
        main_port=spec.main_port,
        runbook_url=spec.runbook_url,
        targets=tuple(spec.targets) or (f"{reached}:{config.exposition_port}",),
        target_labels=dict(spec.target_labels),
        external_labels=dict(spec.external_labels),
        alertmanagers=tuple(spec.alertmanagers),
        feature_flags=tuple(spec.feature_flags),
        prometheus_url=spec.prometheus_url,
        source=entries.service.source,
    )


def resolve_channels(entries: SpecEntries, names: Names) -> tuple[Channel, ...]:
    """The channels whose name and type are sound; wrong fields are found and left out."""
    channels = []
    for entry in entries.channels:
        if entry.broken & {"name", "type"}:
            _note_unsure(entry, names)
            continue
        channel = _channel(entry, names)
        channels.append(channel)
        names.channels.setdefault(channel.name, channel)
    return tuple(channels)


def _note_unsure(entry: Entry[schema.ChannelSpec], names: Names) -> None:
    written = entry.source.value()
    name = written.get("name") if isinstance(written, dict) else None
    if isinstance(name, str):
        names.unsure.add(f"channel {name}")


def _channel(entry: Entry[schema.ChannelSpec], names: Names) -> Channel:
    spec = entry.spec
    fields = dict(spec.model_extra or {})
    for item in check_channel(spec.type, fields):
        help = sentence(item.help)
        place = _field_place(entry.source, item.field)
        names.findings.append(finding("channel-field", item.message, place, help, entities=(spec.name,)))
    resolved, secrets = settings(spec.type, spec.name, fields)
    return Channel(spec.name, spec.type, receiver_key(spec.type), spec.send_resolved, resolved, secrets, entry.source)


def _field_place(source: Source, field: tuple[str | int, ...] | None) -> Any:
    if field is None:
        return source.at("type").place()
    return source.at(*field).key_place()
