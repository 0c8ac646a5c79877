"""A type as cases.txt shows it: one line.

    vector {way: web|app, status?: ok, tenant: *} of at most 4, named orders_total, 0.. whole NaN, bytes/second, never

`?`: maybe. `*`: any value. `...`: other labels, too. Labels of every target (`job`, `instance`, `zone`) stand as
`+target` where all three are there with all their values. Values: `0..1`, `..5`, or `any`; `whole`: no fractions;
`NaN`: possible. Last, where it is certain: `never`, `always`, or `scraped` (there while the service is scraped).
"""

from collections.abc import Mapping

from gaugewright.promql.types import Label, Type
from gaugewright.promql.types.state import ALWAYS, NEVER, SCRAPED, UNNAMED
from gaugewright.promql.types.units import unit_text

TARGET: Mapping[str, tuple[str, ...]] = {"job": ("shop",), "instance": ("a:9100", "b:9100"), "zone": ("north",)}


def drawn_type(found: Type) -> str:
    if found.value_type == "string":
        return f"string {found.text!r}"
    parts = [_values(found)]
    unit = unit_text(found.unit)
    if unit is not None:
        parts.append(unit)
    parts += {NEVER: ["never"], ALWAYS: ["always"], SCRAPED: ["scraped"]}.get(found.exists, [])
    if found.value_type == "scalar":
        return "scalar " + ", ".join(parts[:-1])
    most = "" if found.max_series is None else f" of at most {found.max_series}"
    return ", ".join([f"{found.value_type} {{{_labels(found)}}}{most}", *_names(found), *parts])


def _labels(found: Type) -> str:
    whole = found.whole
    has_target = all(whole.labels.get(name) == Label(True, values) for name, values in TARGET.items())
    shown = [
        f"{name}{'' if label.must else '?'}: {_choices(label)}"
        for name, label in whole.labels.items()
        if not (has_target and name in TARGET)
    ]
    return ", ".join([*shown, *(["+target"] if has_target else []), *(["..."] if whole.open else [])])


def _choices(label: Label) -> str:
    if label.values is None:
        return "*"
    return "|".join(label.values or label.guards) or "none"


def _names(found: Type) -> list[str]:
    names = found.names
    if names is None:
        return ["named anything"]
    return [] if names == UNNAMED else ["named " + "|".join(sorted(name or "nothing" for name in names))]


def _values(found: Type) -> str:
    low, high = found.range
    value = found.value
    if value.is_empty:
        return "NaN alone" if value.nan else "no value"
    ends = "any" if low is None and high is None else f"{_end(low)}..{_end(high)}"
    if low is not None and low == high:
        ends = _end(low)
    return ends + (" whole" if value.integral and value.low != value.high else "") + (" NaN" if value.nan else "")


def _end(end: float | None) -> str:
    return "" if end is None else f"{end + 0.0:.6g}"
