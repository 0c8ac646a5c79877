"""What VictoriaMetrics reads, for many services on one storage: rules for vmalert, scraping for vmagent.

vmalert reads Prometheus's groups and refuses a few of their fields, none of which stand here. It has no evaluation
interval that a file of rules could share, so each group says its own. Alertmanager's configuration stays the same.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping

from gaugewright.diagnostics import Diagnostic
from gaugewright.diagnostics.catalogue import finding
from gaugewright.emit.prometheus import rule_words
from gaugewright.emit.scrape_limits import limits as scrape_limits
from gaugewright.emit.templates import render
from gaugewright.model.model import Model
from gaugewright.spec.source import Source


def emit(model: Model) -> dict[str, bytes]:
    words = {**rule_words(model), "interval": f"{model.config.scrape_interval_seconds}s"}
    return {
        "victoriametrics/rules.yml": render("victoriametrics/rules.yml.j2", **words, quoted=shlex.quote),
        "victoriametrics/scrape.yml": render("victoriametrics/scrape.yml.j2", **words, limits=scrape_limits(model)),
    }


_VARIABLE = re.compile(r"%\{([^}\s]+)\}")
"""What both programs take for an environment variable, anywhere in their files and before they read YAML. They
leave alone what names none; which are there nobody knows here."""


def limits(model: Model) -> list[Diagnostic]:
    """Texts that would change with the environment of the server."""
    found = []
    for source, text, entity in _texts(model):
        for match in _VARIABLE.finditer(text):
            message = f"VictoriaMetrics takes `{match[0]}` for an environment variable"
            help = "Put a space behind the `%`."
            place = source.inside(*match.span()) if source.value() == text else source.place()
            found.append(finding("target-limit", message, place, help, entities=(entity,)))
    return found


def _texts(model: Model) -> Iterator[tuple[Source, str, str]]:
    """Every text of the spec in these files, with its place and whose it is."""
    service = model.source.at("service")
    yield from _of_map(service.at("target_labels"), model.service.target_labels, model.service.name)
    if model.config.basic_auth_username:
        yield model.config.source.at("basic_auth_username"), model.config.basic_auth_username, model.service.name
    for rule in model.recording_rules:
        yield rule.source.at("query"), rule.query.text, rule.name
        yield from _of_map(rule.source.at("labels"), rule.labels, rule.name)
    for alert in model.alert_rules:
        for key in ("query", "summary", "description"):
            yield alert.source.at(key), str(alert.source.at(key).value()), alert.name
        yield from _of_map(alert.source.at("labels"), alert.labels, alert.name)
        for name, text in alert.annotations.items():
            own = alert.source.at("annotations", name)
            yield own if own.exists() else service.at("runbook_url"), text, alert.name


def _of_map(source: Source, values: Mapping[str, str], entity: str) -> Iterator[tuple[Source, str, str]]:
    for name, text in values.items():
        yield source.at(name), text, entity
