"""The kinds of values that the fields of a spec have, each with its rule in a person's words.

A rule that pydantic knows (a bound, a length, a set of names) is given to pydantic; the others are
functions here that raise `ValueError` with the words a finding shows.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import ip_address
from typing import Annotated, Any, ClassVar

from gaugewright.spec.scalars import as_written
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field


class Entity(BaseModel):
    """Fields are strict: `"5"` is no number and `1` no boolean; only text takes what was written."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    placeholders: ClassVar[dict[str, Any]] = {}
    """Values that stand in for required fields that were wrong, so that the rest can still be checked.
    They never reach an output: the wrong field has an error."""


def _as_text(value: Any) -> Any:
    if isinstance(value, (bool, int, float)):
        return as_written(value)
    return value


def _matching(pattern: str, rule: str) -> Callable[[str], str]:
    matches = re.compile(pattern).fullmatch

    def check(value: str) -> str:
        if matches(value):
            return value
        raise ValueError(rule)

    return check


def _text(pattern: str, rule: str) -> Any:
    """Text that matches `pattern`, which the JSON Schema states too."""
    return Annotated[
        str,
        BeforeValidator(_as_text),
        AfterValidator(_matching(pattern, rule)),
        Field(json_schema_extra={"pattern": f"^(?:{pattern})$"}),
    ]


def _number(value: Any) -> Any:
    """A number field takes whole numbers too; a boolean is none."""
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


def _host(value: str) -> str:
    try:
        ip_address(value.strip("[]"))
    except ValueError:
        numeric = re.fullmatch(r"[0-9.]+", value)
        if numeric or len(value) > 253 or not _HOSTNAME.fullmatch(value):
            raise ValueError("must be an IP address or a host name") from None
    return value


_HOSTNAME = re.compile(
    r"(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)*[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
)


def _target(value: str) -> str:
    host, separator, port = value.rpartition(":")
    if not separator or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError("must be `host:port`, such as `localhost:9091`")
    _host(host)
    return value


def _windows_length(value: str) -> str:
    if not re.fullmatch(r"[0-9]+[smhd]", value):
        raise ValueError("must be a duration such as `30m`, `2h` or `1d`")
    if duration_seconds(value) % 60 or duration_seconds(value) == 0:
        raise ValueError("must be whole minutes, at least one: windows open and close on the minute")
    return value


_NUMBER = r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_SAMPLES = re.compile(rf"(?:_|stale|NaN|[+-]?Inf|[+-]?{_NUMBER}(?P<rise>[+-]{_NUMBER})?)(?:x(?P<times>[0-9]{{1,9}}))?")
MOST_SAMPLES = 20_000
"""Samples of one series of a test: a day of one each five seconds."""


def _samples(value: str) -> str:
    """promtool's notation: values one after the other, and `first+risextimes`."""
    count = 0
    for part in value.split():
        found = _SAMPLES.fullmatch(part)
        if found is None or (found["rise"] and not found["times"]) or part.startswith("stalex"):
            raise ValueError("must be samples such as `0 0 5`, `0+10x20` (a rise), `5x20`, `_x3` (none), `stale`")
        count += 1 + int(found["times"] or 0)
    if not 0 < count <= MOST_SAMPLES:
        raise ValueError(f"must be 1 to {MOST_SAMPLES:,} samples")
    return value


def grouping(labels: list[str]) -> list[str]:
    """Alertmanager's rules for `group_by`."""
    if len(set(labels)) < len(labels):
        raise ValueError("must name each label once")
    if "..." in labels and len(labels) > 1:
        raise ValueError("must be `...` alone, which stands for all labels, or labels without it")
    return labels


def duration_seconds(text: str) -> int:
    """Seconds of a duration of the data model's form, `\\d+[smhd]`."""
    return int(text[:-1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[text[-1]]


Text = Annotated[str, BeforeValidator(_as_text)]
Number = Annotated[float, BeforeValidator(_number), Field(allow_inf_nan=False)]
Port = Annotated[int, Field(ge=1, le=65535)]
Host = Annotated[str, BeforeValidator(_as_text), AfterValidator(_host)]
HostPort = Annotated[str, BeforeValidator(_as_text), AfterValidator(_target)]
MetricName = _text(r"[a-zA-Z_:][a-zA-Z0-9_:]*", "must be letters, digits, `_` and `:`, not beginning with a digit")
LabelName = _text(r"[a-zA-Z_][a-zA-Z0-9_]*", "must be letters, digits and `_`, not beginning with a digit")
ServiceName = _text(r"[a-z][a-z0-9_]*", "must be small letters, digits and `_`, beginning with a letter (`my_service`)")
AlertName = _text(r"[a-zA-Z0-9_]+", "must be letters, digits and `_`")
AnnotationName = _text(r"[a-zA-Z_][a-zA-Z0-9_]*", "must be letters, digits and `_`, not beginning with a digit")
RuleName = _text(r"[a-zA-Z_][a-zA-Z0-9_]*:[a-zA-Z0-9_:]+", "must be of the form `level:metric:operations`")
Name = _text(r"[A-Za-z0-9][A-Za-z0-9._-]*", "must be letters, digits, `.`, `_` and `-`")
Duration = _text(r"[0-9]{1,6}[smhd]", "must be a number and one of s, m, h, d, such as `5m` or `1h`")
SomeTime = _text(r"0*[1-9][0-9]{0,5}[smhd]", "must be a number above 0 and one of s, m, h, d, such as `5m` or `1h`")
GroupLabel = _text(
    r"[a-zA-Z_][a-zA-Z0-9_]*|\.\.\.", "must be a label (letters, digits and `_`), or `...` for all labels together"
)
Samples = Annotated[str, BeforeValidator(_as_text), AfterValidator(_samples)]
WindowLength = Annotated[str, BeforeValidator(_as_text), AfterValidator(_windows_length)]
GrafanaInterval = _text(r"[1-9][0-9]*(?:ms|s|m|h|d|w|M|y)", "must be a Grafana interval such as `30s` or `5m`")
GrafanaTime = _text(
    r"now(?:[-+][0-9]+(?:[smhdwMyQ]|fQ|fy))?(?:/[smhdwMyQ]|/fQ|/fy)?"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[-+][0-9]{2}:[0-9]{2})?)?"
    r"|[0-9]{12,13}",
    "must be a Grafana time such as `now-6h`, `now/d` or `now`",
)
ExportTime = _text(
    r"now(?:-[0-9]{1,6}[smhdwy])?"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[-+][0-9]{2}:[0-9]{2})",
    "must be relative (`now-90d`) or RFC 3339 (`2026-01-31T00:00:00Z`)",
)
UrlPath = _text(r"/[A-Za-z0-9._~/-]*", "must be a path that begins with `/`, without a query or escapes")
Uuid = _text(
    r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
    "must be a UUID such as `550e8400-e29b-41d4-a716-446655440000`",
)
VariableName = _text(r"[a-zA-Z_][a-zA-Z0-9_]*", "must be letters, digits and `_`, not beginning with a digit")
Date = _text(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "must be a date such as `2026-12-31`")
