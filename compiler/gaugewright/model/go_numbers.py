"""Numbers as text: in PromQL and YAML (`number`), and as Prometheus writes them in the label `le`.

Prometheus 3 normalises bucket boundaries to `1.0`, `0.25`, `1e+06`: the shortest digits that give the
number back, with an exponent below 1e-4 and from 1e6
upwards (Go's `%g`), and `.0` behind a whole number.
"""

from __future__ import annotations

from math import inf


def number(value: float) -> str:
    """A finite number as PromQL, YAML and JSON all read it: `5`, `0.05`, `1e-09`."""
    if isinstance(value, int) or (value == int(value) and abs(value) < 1e15):
        return str(int(value))
    return repr(float(value))


def bucket_label(bound: float) -> str:
    """The value of `le` for a bucket's upper boundary."""
    if bound == inf:
        return "+Inf"
    digits, exponent = _shortest(abs(bound))
    sign = "-" if bound < 0 else ""
    if exponent < -4 or exponent >= 6:
        mantissa = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
        return f"{sign}{mantissa}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
    if exponent < 0:
        return f"{sign}0.{'0' * (-exponent - 1)}{digits}"
    whole = digits[: exponent + 1].ljust(exponent + 1, "0")
    return f"{sign}{whole}.{digits[exponent + 1 :] or '0'}"


def _shortest(value: float) -> tuple[str, int]:
    """The shortest digits of a number, and the power of ten of the first one."""
    mantissa, _, exponent = f"{value!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = whole + fraction
    power = len(whole) - 1 + int(exponent or 0)
    leading = len(digits) - len(digits.lstrip("0"))
    stripped = digits.strip("0") or "0"
    return stripped, power - leading if stripped != "0" else 0
