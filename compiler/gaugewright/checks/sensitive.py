"""Addresses and credentials: what they look like, and that they are never label values.

Data model, "Sensitive Data Handling". What counts as one is decided by form alone (no entropy: routes
and hashes look random too).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_address
from itertools import pairwise

from gaugewright.diagnostics import Diagnostic
from gaugewright.diagnostics.catalogue import finding
from gaugewright.diagnostics.secrets import Sensitive, credentials
from gaugewright.model.metrics import LabelDomain
from gaugewright.model.model import Model
from gaugewright.spec.source import Source

_IPV4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\d)(?!\w)")
_HEXADECIMAL = r"(?=[0-9A-Fa-f:]*\d)(?=[0-9A-Fa-f:]*:[0-9A-Fa-f:]*:)[0-9A-Fa-f:]{2,}(?:\d{1,3}(?:\.\d{1,3}){3})?"
_IPV6 = re.compile(rf"(?<![\w:.])(?:\[{_HEXADECIMAL}\]|{_HEXADECIMAL}(?![\w:]))")
"""Without a digit (`a::b`) it is more likely a name."""


def sensitive_parts(text: str) -> list[Sensitive]:
    """Every address, credential and token in a text, none of them overlapping an earlier one."""
    found = credentials(text)
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


_WORDS = frozenset(
    [
        "ip",
        "ipv4",
        "ipv6",
        "ipaddr",
        "ipaddress",
        "addr",
        "address",
        "host_ip",
        "password",
        "passwd",
        "credential",
        "credentials",
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
    ]
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
            if not label.closed and label.max_values is None:
                continue  # that it has no bound is found already
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
    """An open domain takes whatever it is given; a closed one is judged by its values."""
    words = re.sub(r"([a-z])([A-Z])", r"\1_\2", label.name).lower().split("_")
    return not label.closed and bool(_WORDS & set(words) or _PAIRS & set(pairwise(words)))
