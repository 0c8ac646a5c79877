"""What pydantic found wrong, as findings: the rule, the value, the place, the mend.

One mistake gives one finding: where a field may be of several kinds, pydantic complains once for
each, and only the complaint that got furthest into the value is kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gaugewright.diagnostics import Diagnostic
from gaugewright.diagnostics.secrets import is_secret_key, secret_begins
from gaugewright.diagnostics.suggest import did_you_mean, listed, nearest
from gaugewright.spec.scalars import as_written
from gaugewright.spec.source import Map, Source
from pydantic import BaseModel, ValidationError

Error = Mapping[str, Any]
Path = tuple[str | int, ...]

OTHER_NAMES = {
    "expr": "query", "expression": "query", "for": "duration", "type": "metric_type", "help": "description",
    "channels": "notification_channels", "alert": "name", "record": "name", "interval": "scrape_interval_seconds",
    "op": "comparison", "datasource": "query", "file": "output_path",
}  # fmt: skip
"""What Prometheus's own files and clients call a field."""


def meant_field(name: str, names: Sequence[str]) -> str | None:
    """The field that a name was likely meant to be."""
    other = OTHER_NAMES.get(name)
    return other if other in names else nearest(name, names)


RUN_TIME_FIELDS = {
    "prometheus_metric": "The generated module makes it at run time.",
    "created_at": "The generated module sets it at run time.",
    "completed_at": "The export's record keeps it at run time.",
    "error_message": "The export's record keeps it at run time.",
    "file_size_bytes": "The export's record keeps it at run time.",
}
"""Fields of the data model that a spec does not hold, and who does."""


def field_findings(
    error: ValidationError, model: type[BaseModel], source: Source
) -> tuple[list[Diagnostic], frozenset[str]]:
    """The findings of one entity, and the names of its fields that were wrong."""
    found: dict[Path, tuple[Error, bool]] = {}
    for item in error.errors(include_url=False):
        path, in_union = _path_in_data(item, source)
        key = path[:1] if in_union else path
        if key not in found or _says_more(item, path, found[key][0], source):
            found[key] = (item, in_union)
    renamed = _misspelt(found, model)
    diagnostics = [_diagnostic(item, model, source) for path, (item, _) in found.items() if path not in renamed]
    broken = frozenset(str(path[0]) for path in found if path)
    return diagnostics, broken


def _says_more(item: Error, path: Path, other: Error, source: Source) -> bool:
    """Whether a complaint got further into the value, or names the misspelling instead of what is missing."""
    other_path, _ = _path_in_data(other, source)
    if len(path) != len(other_path):
        return len(path) > len(other_path)
    return bool(item["type"] == "extra_forbidden" and other["type"] == "missing")


def _misspelt(found: Mapping[Path, tuple[Error, bool]], model: type[BaseModel]) -> set[Path]:
    """Missing fields that are there under a misspelt name: the misspelling is the one mistake."""
    unknown = [path for path, (item, _) in found.items() if item["type"] == "extra_forbidden"]
    meant = {(*path[:-1], meant_field(str(path[-1]), _fields_at(model, path[:-1]))) for path in unknown}
    return {path for path, (item, _) in found.items() if item["type"] == "missing" and path in meant}


def _path_in_data(error: Error, source: Source) -> tuple[Path, bool]:
    """The steps of a complaint that exist in the data (pydantic adds the branch of a union)."""
    path: list[str | int] = []
    in_union = False
    value: Any = source.value()
    steps = error["loc"]
    for index, step in enumerate(steps):
        if step == "[key]":
            continue
        if (isinstance(value, dict) and step in value) or (isinstance(value, list) and isinstance(step, int)):
            path.append(step)
            value = value[step]
        elif error["type"] == "missing" and index == len(steps) - 1:
            path.append(step)
        else:
            in_union = True
    return tuple(path), in_union


def _diagnostic(error: Error, model: type[BaseModel], source: Source) -> Diagnostic:
    path, in_union = _path_in_data(error, source)
    at = source.at(*path)
    if error["type"] == "missing":
        return _missing(path, source)
    if error["type"] == "extra_forbidden":
        return _unknown(path, model, source)
    place = at.key_place() if "[key]" in error["loc"] else at.place()
    name = _name(path)
    if "[key]" in error["loc"]:
        rule = _rule(error, False)
        return Diagnostic("invalid-value", "error", f"the name `{path[-1]}` {rule}", place, "Rename it.")
    rule = _rule(error, in_union)
    secret = _holds_secret(path)
    message = f"{name} {rule}" + ("" if secret else _found(at, error))
    return Diagnostic("invalid-value", "error", message, place, _help(error, at, path))


def _holds_secret(path: Path) -> bool:
    """Whether what stands at a path may be a secret, or a part of one."""
    return any(isinstance(step, str) and is_secret_key(step) for step in path)


def _name(path: Path) -> str:
    if path and isinstance(path[-1], int):
        return f"item {path[-1] + 1} of `{path[-2]}`" if len(path) > 1 else f"item {path[-1] + 1}"
    return f"`{path[-1]}`" if path else "this"


def _missing(path: Path, source: Source) -> Diagnostic:
    parent = source.at(*path[:-1])
    message = f"{_owner(parent)} needs `{path[-1]}`"
    place = parent.key_place() if parent.path and isinstance(parent.path[-1], str) else _first_line(parent)
    return Diagnostic("missing-field", "error", message, place, f"Add `{path[-1]}: ...`.")


def _first_line(source: Source) -> Any:
    """An item of a list is pointed at by its name, where it has one."""
    value = source.value()
    for key in ("name", "title"):
        if isinstance(value, Map) and value.get(key):
            return source.at(key).place()
    return source.place()


_KINDS = {
    "metrics": "a metric", "alert_rules": "an alert", "dashboards": "a dashboard", "panels": "a panel",
    "notification_channels": "a channel", "recording_rules": "a recording rule", "variables": "a variable",
    "historical_exports": "an export", "allow": "an accepted finding", "thresholds": "a threshold",
    "queries": "a query", "tests": "a test", "input_series": "a series",
}  # fmt: skip


def _owner(source: Source) -> str:
    if source.path and isinstance(source.path[-1], int) and len(source.path) > 1:
        return _KINDS.get(str(source.path[-2]), f"an item of `{source.path[-2]}`")
    return f"`{source.path[-1]}`" if source.path else "a spec"


def _unknown(path: Path, model: type[BaseModel], source: Source) -> Diagnostic:
    name = str(path[-1])
    at = source.at(*path)
    names = _fields_at(model, path[:-1])
    meant = meant_field(name, names)
    others = f'Did you mean "{meant}"?' if meant else f"Its fields are {listed(names, 30)}."
    help = RUN_TIME_FIELDS.get(name) or others
    message = f"{_owner(source.at(*path[:-1]))} has no field `{name}`"
    if _holds_secret(path[:-1]):
        message = f"`{path[-2]}` is `{{env: NAME}}` or `{{file: PATH}}`, and nothing else"
    return Diagnostic("unknown-field", "error", message, at.key_place(), help)


def _fields_at(model: type[BaseModel], path: Path) -> list[str]:
    """The fields of the nested model that a path leads to."""
    current: type[BaseModel] = model
    for step in path:
        if isinstance(step, str) and step in current.model_fields:
            nested = _model_in(current.model_fields[step].annotation)
            current = nested or current
    return list(current.model_fields)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _model_in(argument)
        if found is not None:
            return found
    return None


def _plural(count: int, what: str) -> str:
    return f"{count} {what}" + ("" if count == 1 else "s")


_RULES: dict[str, Callable[[dict[str, Any]], str]] = {
    "string_type": lambda c: "must be text",
    "int_type": lambda c: "must be a whole number",
    "int_from_float": lambda c: "must be a whole number",
    "float_type": lambda c: "must be a number",
    "finite_number": lambda c: "must be a finite number",
    "bool_type": lambda c: "must be `true` or `false`",
    "list_type": lambda c: "must be a list",
    "dict_type": lambda c: "must be a mapping",
    "model_type": lambda c: "must be a mapping",
    "model_attributes_type": lambda c: "must be a mapping",
    "greater_than": lambda c: f"must be greater than {c['gt']:g}",
    "greater_than_equal": lambda c: f"must be at least {c['ge']}",
    "less_than_equal": lambda c: f"must be at most {c['le']}",
    "string_too_short": lambda c: f"must have at least {_plural(c['min_length'], 'character')}",
    "too_short": lambda c: f"must have at least {_plural(c['min_length'], 'item')}",
    "too_long": lambda c: f"must have at most {_plural(c['max_length'], 'item')}",
    "string_pattern_mismatch": lambda c: f"must match `{c['pattern']}`",
    "literal_error": lambda c: f"must be one of {c['expected'].replace(chr(39), '`').replace(' or ', ', ')}",
    "value_error": lambda c: str(c["error"]),
}


def _rule(error: Error, in_union: bool) -> str:
    if in_union and error["type"] in ("string_type", "model_type", "dict_type"):
        return "must be text or one of the forms that its page names"
    kind = error["type"]
    if kind == "too_short" and isinstance(error["input"], (str, int, float)):
        kind = "string_too_short"
    rule = _RULES.get(kind)
    return rule(error.get("ctx", {})) if rule else error["msg"][:1].lower() + error["msg"][1:]


def _found(source: Source, error: Error) -> str:
    """`, and is ...`: what stands there, where that helps and is short."""
    value = source.value()
    if error["type"] in ("too_short", "too_long") and isinstance(value, (list, dict)):
        return f", and has {len(value)}"
    if error["type"] in ("too_short", "string_too_short"):
        return f", and has {len(str(value))}"
    if value is None:
        return ", and is empty"
    if isinstance(value, dict):
        return ", and is a mapping"
    if isinstance(value, list):
        return ", and is a list"
    written = f'"{value}"' if isinstance(value, str) else as_written(value)
    return f", and is {written}" if len(written) <= 60 else ""


_LONG_UNITS = {
    "s": 1, "sec": 1, "secs": 1, "second": 1, "seconds": 1, "m": 60, "min": 60, "mins": 60, "minute": 60, "minutes": 60,
    "h": 3600, "hour": 3600, "hours": 3600, "d": 86400, "day": 86400, "days": 86400, "w": 604800,
}  # fmt: skip


def _duration_help(text: str) -> str:
    """The data model's form of a duration that people write in another one: `90m` for `1h30m`."""
    parts = re.findall(r"([0-9]+)\s*([A-Za-z]+)", text)
    if text.isdecimal():
        return f"Write `{text}s` where seconds are meant."
    if not parts or any(unit.lower() not in _LONG_UNITS for _, unit in parts):
        return ""
    seconds = sum(int(number) * _LONG_UNITS[unit.lower()] for number, unit in parts)
    unit, size = next(pair for pair in (("h", 3600), ("m", 60), ("s", 1)) if seconds % pair[1] == 0)
    return f"Write `{seconds // size}{unit}`." if seconds else ""


_SYNONYMS = {
    ">": "greater_than", "<": "less_than", "==": "equal", "=": "equal", ">=": "greater_than_equal",
    "<=": "less_than_equal", "gt": "greater_than", "lt": "less_than", "eq": "equal", "gte": "greater_than_equal",
    "lte": "less_than_equal", "warn": "warning", "error": "critical", "high": "critical", "page": "critical",
    "timeseries": "graph", "line": "graph", "histogram": "heatmap", "jsonl": "json",
}  # fmt: skip
"""What people write for a name of the data model."""

_LOOKS_NUMERIC = re.compile(r"[-+]?[0-9][0-9_:.,xoXOeE-]*")
_YAML11_BOOLEANS = {"yes": "true", "on": "true", "no": "false", "off": "false"}


def _help(error: Error, source: Source, path: Path) -> str:
    value = source.value()
    kind = error["type"]
    if kind == "string_type" and isinstance(value, dict):
        return f"Quote it: {_quoted(source)}"
    if kind == "string_type" and value is None and _comment_follows(source):
        return "In YAML a `#` after a space begins a comment; quote a text that begins with `#`."
    if kind == "bool_type" and isinstance(value, str):
        plain = _YAML11_BOOLEANS.get(value.lower(), value.lower())
        return f"Write `{plain}`, without quotes." if plain in ("true", "false") else ""
    if kind in ("int_type", "float_type") and isinstance(value, str) and _LOOKS_NUMERIC.fullmatch(value):
        return "Write the number plainly: decimal digits, no quotes, no leading zero, no colon."
    if kind in ("int_type", "int_from_float") and isinstance(value, float) and value == int(value):
        return f"Write `{int(value)}`."
    if kind == "greater_than" and path[-1] == "threshold":
        return "Turn the condition round where you can: a count that is 0 is `less_than` 1."
    if kind == "value_error" and "5m" in str(error["ctx"]["error"]) and isinstance(value, (str, int)):
        return _duration_help(str(value))
    if kind == "literal_error" and str(value).lower() in _SYNONYMS:
        return f"Write `{_SYNONYMS[str(value).lower()]}`."
    if kind == "literal_error":
        return did_you_mean(str(value), re.findall(r"'([^']*)'", error["ctx"]["expected"]))
    if isinstance(value, str) and _comment_follows(source):
        return "The text after ` #` is a comment in YAML; quote the whole text if it belongs to it."
    return ""


def _quoted(source: Source) -> str:
    span = source.span()
    text = source.document.text[span.start : span.end]
    if "\n" in text or secret_begins(text) is not None:
        return "put the text into quotes."
    quoted = '"' + text + '"' if '"' not in text and "\\" not in text else "'" + text.replace("'", "''") + "'"
    return f"`{source.path[-1]}: {quoted}`"


def _comment_follows(source: Source) -> bool:
    span = source.span()
    if span.style is not None:
        return False
    text = source.document.text
    end = text.find("\n", span.end)
    return re.match(r":?[ \t]+#", text[span.end : end if end >= 0 else None]) is not None
