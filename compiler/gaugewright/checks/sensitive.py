"""Addresses and credentials: never label values, never in the texts that wake people.

Data model, "Sensitive Data Handling". What counts as one is decided by form alone (no entropy: routes
and hashes look random too).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_address
from itertools import pairwise
from typing import NamedTuple

from gaugewright.diagnostics import Diagnostic
from gaugewright.diagnostics.catalogue import finding
from gaugewright.diagnostics.suggest import listed
from gaugewright.gotemplate.analysis import label_uses
from gaugewright.model.metrics import LabelDomain
from gaugewright.model.model import Model
from gaugewright.spec.source import Source


class Sensitive(NamedTuple):
    """A stretch of a text that carries something sensitive, and what it is."""

    start: int
    end: int
    what: str


_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("a URL with user information", re.compile(r"[a-z][a-z0-9+.-]*://[^/\s@:]+(?::[^/\s@]*)?@[^\s/]+", re.I)),
    ("a credential", re.compile(r"\b(?:bearer|basic)\s+[A-Za-z0-9+/._~-]{16,}=*", re.I)),
    (
        "a credential",
        re.compile(r"\b(?:password|passwd|pwd|secret|api[_-]?key|token)\s*[=:]\s*(?!\{\{)[^\s{}<>]{4,}", re.I),
    ),
    (
        "a token",
        re.compile(
            r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abprs]-[\w-]{10,}|"
            r"sk-[A-Za-z0-9_-]{20,}|AKIA[0-9A-Z]{16}|AIza[\w-]{30,}|eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*|"
            r"SG\.[\w-]{16,}\.[\w-]{16,}|npm_[A-Za-z0-9]{30,}|pypi-[\w-]{30,})"
        ),
    ),
)
_IPV4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\d)(?!\w)")
_HEXADECIMAL = r"(?=[0-9A-Fa-f:]*\d)(?=[0-9A-Fa-f:]*:[0-9A-Fa-f:]*:)[0-9A-Fa-f:]{2,}(?:\d{1,3}(?:\.\d{1,3}){3})?"
_IPV6 = re.compile(rf"(?<![\w:.])(?:\[{_HEXADECIMAL}\]|{_HEXADECIMAL}(?![\w:]))")
"""Without a digit (`a::b`) it is more likely a name."""


def sensitive_parts(text: str) -> list[Sensitive]:
    """Every address, credential and token in a text, none of them overlapping an earlier one."""
    found: list[Sensitive] = []
    for what, pattern in _PATTERNS:
        found.extend(Sensitive(match.start(), match.end(), what) for match in pattern.finditer(text))
    for pattern in (_IPV4, _IPV6):
        for match in pattern.finditer(text):
            if _is_address(match[0]):
                found.append(Sensitive(match.start(), match.end(), "an IP address"))
    kept: list[Sensitive] = []
    for part in sorted(found, key=lambda part: (part.start, -part.end)):
        if not kept or part.start >= kept[-1].end:
            kept.append(part)
    return kept


def _is_address(text: str) -> bool:
    try:
        address = ip_address(text.strip("[]"))
    except ValueError:
        return False
    return not (address.version == 6 and address.compressed == "::" and text == "::")


_ALWAYS = frozenset(("ip", "ipv4", "ipv6", "ipaddr", "ipaddress", "password", "passwd", "credential", "credentials"))
_WHERE_OPEN = frozenset(
    (
        "addr",
        "address",
        "apikey",
        "authorization",
        "bearer",
        "cookie",
        "email",
        "jwt",
        "secret",
        "token",
        "url",
        "uri",
    )
)
_PAIRS = frozenset((("api", "key"), ("access", "key"), ("private", "key"), ("auth", "header"), ("user", "info")))


def sensitive_labels(model: Model) -> Iterator[Diagnostic]:
    """A label whose name or values carry addresses or credentials."""
    seen: set[int] = set()
    for metric in model.metrics:
        for label in metric.labels:
            if id(label) in seen or label.source is None:
                continue
            seen.add(id(label))
            yield from _sensitive_label(label, label.source, metric.name)


def _sensitive_label(label: LabelDomain, source: Source, metric: str) -> Iterator[Diagnostic]:
    entities = (label.name, metric)
    if _name_is_sensitive(label):
        message = f"the label `{label.name}` would carry addresses or credentials"
        help = "Count by something that is no secret: a pool, a region, an outcome."
        yield finding("sensitive-label", message, source.key_place(), help, entities=entities)
        return
    values = source if isinstance(source.value(), list) else source.at("values")
    for index, value in enumerate(label.values or ()):
        parts = sensitive_parts(value)
        if parts:
            message = f"a value of the label `{label.name}` is {parts[0].what}"
            place = values.at(index).place()
            yield finding("sensitive-label", message, place, "Give it a name instead.", entities=entities)


def _name_is_sensitive(label: LabelDomain) -> bool:
    words = re.sub(r"([a-z])([A-Z])", r"\1_\2", label.name).lower().split("_")
    if _ALWAYS & set(words):
        return True
    pairs = set(pairwise(words))
    return not label.closed and bool(_WHERE_OPEN & set(words) or _PAIRS & pairs)


def sensitive_texts(model: Model) -> Iterator[Diagnostic]:
    """Data model: alert descriptions must not include sensitive data."""
    sensitive = {label.name for metric in model.metrics for label in metric.labels if label.sensitive}
    for name, alert in _alerts(model):
        for source in _texts(alert):
            text = str(source.value())
            for part in sensitive_parts(text):
                message = f"the text holds {part.what}, and it goes to every channel"
                place = source.inside(part.start, part.end)
                help = "Leave it out, or link to where it can be looked up."
                yield finding("sensitive-text", message, place, help, entities=(name,))
            for use in label_uses(text):
                if use.name in sensitive:
                    message = f"the values of the label `{use.name}` are sensitive"
                    place = source.inside(use.start, use.end)
                    names = listed(f"`{label.name}`" for label in _harmless(model, sensitive)) or "none"
                    help = f"Leave it out; labels that are not sensitive: {names}."
                    yield finding("sensitive-text", message, place, help, entities=(name,))


def _harmless(model: Model, sensitive: set[str]) -> list[LabelDomain]:
    return [label for label in model.labels.values() if label.name not in sensitive]


def _alerts(model: Model) -> Iterator[tuple[str, Source]]:
    """Every alert of the file, those too whose query has an error."""
    alerts = model.source.at("alert_rules")
    if not alerts.exists() or not isinstance(alerts.value(), list):
        return
    for index, alert in enumerate(alerts.value()):
        if isinstance(alert, dict):
            yield str(alert.get("name")), alerts.at(index)


def _texts(alert: Source) -> Iterator[Source]:
    for name in ("summary", "description"):
        if alert.at(name).exists() and isinstance(alert.at(name).value(), str):
            yield alert.at(name)
    annotations = alert.at("annotations")
    if annotations.exists() and isinstance(annotations.value(), dict):
        for name, text in annotations.value().items():
            if isinstance(text, str):
                yield annotations.at(name)
