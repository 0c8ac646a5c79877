"""No address and no credential in what people are told: alerts' texts and labels, channels' messages.

Data model: "Alert descriptions must not include sensitive data". Where a message goes (`url`, `smarthost`,
`http_config`) is no part of it and may well be an address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from gaugewright.checks.sensitive import sensitive_parts
from gaugewright.diagnostics import Diagnostic
from gaugewright.diagnostics.catalogue import finding
from gaugewright.diagnostics.suggest import listed
from gaugewright.gotemplate.analysis import label_uses
from gaugewright.model.model import Model
from gaugewright.model.receiver_table import RECEIVERS, Field
from gaugewright.spec.source import Source


class Told(NamedTuple):
    """A text that reaches people, whose it is, and to whom it goes."""

    source: Source
    entity: str
    goes_to: str


def sensitive_texts(model: Model) -> Iterator[Diagnostic]:
    """Addresses, credentials and the values of `sensitive` labels in a text."""
    sensitive = {label.name for metric in model.metrics for label in metric.labels if label.sensitive}
    harmless = [f"`{name}`" for name in model.labels if name not in sensitive]
    for told in _told(model):
        text = str(told.source.value())
        for part in sensitive_parts(text):
            message = f"the text holds {part.what}, and it goes to {told.goes_to}"
            place = told.source.inside(part.start, part.end)
            help = "Leave it out, or link to where it can be looked up."
            yield finding("sensitive-text", message, place, help, entities=(told.entity,))
        for name, start, end in _labels_shown(text) if sensitive else ():
            if name in sensitive:
                message = f"the values of the label `{name}` are sensitive"
                place = told.source.inside(start, end)
                help = f"Leave it out; labels that are not sensitive: {listed(harmless) or 'none'}."
                yield finding("sensitive-text", message, place, help, entities=(told.entity,))


_OF_ALERTMANAGER = re.compile(r"\.(?:CommonLabels|GroupLabels)\.([A-Za-z_][A-Za-z0-9_]*)")
"""Labels in the templates of a channel, beside those that Prometheus's know."""


def _labels_shown(text: str) -> Iterator[tuple[str, int, int]]:
    if "{{" not in text:
        return
    for use in label_uses(text):
        yield use.name, use.start, use.end
    for match in _OF_ALERTMANAGER.finditer(text):
        yield match[1], *match.span(1)


def _told(model: Model) -> Iterator[Told]:
    runbook = model.source.at("service", "runbook_url")
    if isinstance(_value(runbook), str):
        yield Told(runbook, model.service.name, "every channel")
    for name, alert in _items(model.source.at("alert_rules")):
        for key in ("summary", "description"):
            if isinstance(_value(alert.at(key)), str):
                yield Told(alert.at(key), name, "every channel")
        for key in ("annotations", "labels"):
            for text in _strings(alert.at(key)):
                yield Told(text, name, "every channel")
    for name, channel in _items(model.source.at("notification_channels")):
        for text in _messages(channel):
            yield Told(text, name, "everybody who reads this channel")


def _items(entities: Source) -> Iterator[tuple[str, Source]]:
    """Every entity of a list in the file, those too that have an error."""
    value = _value(entities)
    for index, entity in enumerate(value if isinstance(value, list) else ()):
        if isinstance(entity, dict):
            yield str(entity.get("name")), entities.at(index)


def _value(source: Source) -> Any:
    return source.value() if source.exists() else None


def _strings(source: Source) -> Iterator[Source]:
    """Every text at or below a place."""
    value = _value(source)
    if isinstance(value, str):
        yield source
    elif isinstance(value, dict):
        for key in value:
            yield from _strings(source.at(key))
    elif isinstance(value, list):
        for index in range(len(value)):
            yield from _strings(source.at(index))


_CONNECTION = frozenset(("to", "from", "hello", "auth_username", "auth_identity", "username", "channel", "topic_arn"))
"""Texts of a receiver that say where and as whom it tells."""


def _messages(channel: Source) -> Iterator[Source]:
    kind = _value(channel.at("type"))
    receiver = RECEIVERS.get(kind) if isinstance(kind, str) else None
    for name, field in receiver.block.fields.items() if receiver else ():
        if name not in _CONNECTION and _is_message(field):
            yield from _strings(channel.at(name))


def _is_message(field: Field) -> bool:
    """Texts, lists and mappings of them; not the blocks of how to connect."""
    return field.kind in ("string", "strings", "map", "any", "list")
