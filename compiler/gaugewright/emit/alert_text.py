"""What Prometheus makes of an annotation or a label of an alert: the plain part of its templates.

Labels, the value, and the functions that annotations use most (template/template.go and
common/helpers/templates). What is not known here gives None, so that nobody claims to know the text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping

from gaugewright.model.go_numbers import bucket_label

_ACTION = re.compile(r"\{\{(?P<trim>- )?(?P<body>[^{}]*?)(?P<trim_after> -)?\}\}")
_LABEL = re.compile(r"(?:\$labels|\.Labels)\.([A-Za-z_][A-Za-z0-9_]*)")
_PRINTF = re.compile(r'printf\s+"([^"%\\{}]*%\.[0-9]+[fg][^"%\\{}]*)"(?:\s+(?:\$value|\.Value))?')
_NEAR = (1.0, 1 - 1e-12, 1 + 1e-12)
_PREFIXES_UP = ("k", "M", "G", "T", "P", "E", "Z", "Y")
_PREFIXES_DOWN = ("m", "u", "n", "p", "f", "a", "z", "y")


def rendered(text: str, labels: Mapping[str, str], values: tuple[float, ...], exact: bool) -> str | None:
    """The text for an alert of these labels. `values` are readings of one value, good to the last digit
    only where they are `exact`; where the text is not the same for all, it cannot be foretold."""
    if "{{" not in text:
        return text
    near = values if exact else tuple(value * factor for value in values for factor in _NEAR)
    texts = {_rendered(text, labels, value) for value in near}
    return texts.pop() if len(texts) == 1 else None


def _rendered(text: str, labels: Mapping[str, str], value: float) -> str | None:
    parts, at = [], 0
    for action in _ACTION.finditer(text):
        before = text[at : action.start()]
        if action["trim"] or action["trim_after"] or "{{" in before:
            return None
        result = _pipeline(action["body"], labels, value)
        if result is None:
            return None
        parts += [before, result]
        at = action.end()
    rest = text[at:]
    return None if "{{" in rest else "".join((*parts, rest))


def _pipeline(body: str, labels: Mapping[str, str], value: float) -> str | None:
    first, *filters = (step.strip() for step in body.split("|"))
    label = _LABEL.fullmatch(first)
    if label and label[1] != "__name__":
        result: str | float | None = labels.get(label[1], "")
    elif first in ("$value", ".Value"):
        result = value
    elif (printf := _PRINTF.fullmatch(first)) and first.endswith("alue"):
        result = printf[1] % value
    else:
        name, _, argument = first.partition(" ")
        result = _NUMBERS[name](value) if name in _NUMBERS and argument in ("$value", ".Value") else None
    for name in filters:
        result = _filtered(name, result)
    return go_float(result) if isinstance(result, float) else result


def _filtered(name: str, value: str | float | None) -> str | None:
    if isinstance(value, float):
        printf = _PRINTF.fullmatch(name)
        if printf and not name.endswith("alue"):
            return printf[1] % value
        return _NUMBERS[name](value) if name in _NUMBERS else None
    return _TEXTS[name](value) if value is not None and name in _TEXTS else None


def go_float(value: float) -> str:
    """As Go's templates print a float64: the shortest digits, with an exponent from 1e6 and below 1e-4."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return bucket_label(value).removesuffix(".0")


def humanize(value: float) -> str:
    if not math.isfinite(value):
        return go_float(value)
    if value == 0:
        return "0"
    prefix = ""
    if abs(value) >= 1:
        for prefix in ("", *_PREFIXES_UP):
            if abs(value) < 1000 or prefix == "Y":
                break
            value /= 1000
    else:
        for prefix in ("", *_PREFIXES_DOWN):
            if abs(value) >= 1 or prefix == "y":
                break
            value *= 1000
    return f"{value:.4g}{prefix}"


def humanize_1024(value: float) -> str:
    if not math.isfinite(value):
        return go_float(value)
    if abs(value) <= 1:
        return f"{value:.4g}"
    prefix = ""
    for prefix in ("", "ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"):
        if abs(value) < 1024 or prefix == "Yi":
            break
        value /= 1024
    return f"{value:.4g}{prefix}"


def humanize_duration(value: float) -> str | None:
    """None where Go's conversion to a whole number overflows."""
    if 2**63 <= abs(value) < math.inf:
        return None
    if not math.isfinite(value):
        return go_float(value)
    if value == 0:
        return "0s"
    if abs(value) < 1:
        return humanize(value) + "s"
    sign, value = ("-", -value) if value < 0 else ("", value)
    whole = int(value)
    days, hours, minutes, seconds = whole // 86400, whole // 3600 % 24, whole // 60 % 60, whole % 60
    if days:
        return f"{sign}{days}d {hours}h {minutes}m {seconds}s"
    if hours:
        return f"{sign}{hours}h {minutes}m {seconds}s"
    if minutes:
        return f"{sign}{minutes}m {seconds}s"
    return f"{sign}{value:.4g}s"


def humanize_percentage(value: float) -> str:
    return f"{value * 100:.4g}%" if math.isfinite(value) else f"{go_float(value)}%"


_NUMBERS: Mapping[str, Callable[[float], str | None]] = {
    "humanize": humanize,
    "humanize1024": humanize_1024,
    "humanizeDuration": humanize_duration,
    "humanizePercentage": humanize_percentage,
}
_TEXTS: Mapping[str, Callable[[str], str]] = {"toUpper": str.upper, "toLower": str.lower}
