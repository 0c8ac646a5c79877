"""Units: a dimension and a scale.

A dimension is a product of base units with exponents: `(("bytes", 1), ("seconds", -1))`. What the spec does not
say stands as a base of its own (`?proxywhirl_pool_size`), so it cancels against itself and nothing is concluded
from it otherwise. `scale` is how many base units one of the number counts: 0.001 for milliseconds, 0.01 for a
percentage; None where an unusual constant has changed it. Unix time (`instant`) is a kind of its own: two of
them differ by a duration.

A plain constant has no unit and fits any (`BARE`); one written as a duration (`5m`) is in seconds.
"""

from __future__ import annotations

from typing import Final, NamedTuple

Dimension = tuple[tuple[str, int], ...]


class Unit(NamedTuple):
    dimension: Dimension
    scale: float | None = 1.0
    instant: bool = False

    @property
    def known(self) -> bool:
        """Whether the spec says all of it."""
        return not any(base.startswith("?") for base, _ in self.dimension)

    def __str__(self) -> str:
        return _words(self)


class Bare(NamedTuple):
    """The unit of a plain constant: it fits anything. `value` is None where it is not known."""

    value: float | None

    def __str__(self) -> str:
        return ""


MaybeUnit = Unit | Bare | None
"""None: nothing is known."""

ONE: Final = Unit(())
"""A pure number: a count, a ratio."""
SECONDS: Final = Unit((("seconds", 1),))
TIME: Final = Unit((("seconds", 1),), 1.0, True)
"""Unix time in seconds."""
RADIANS: Final = ONE
DEGREES: Final = Unit((("degrees", 1),))

_SPELLINGS: Final = {
    "seconds": ("seconds", 1.0), "second": ("seconds", 1.0), "s": ("seconds", 1.0),
    "milliseconds": ("seconds", 1e-3), "ms": ("seconds", 1e-3), "microseconds": ("seconds", 1e-6),
    "us": ("seconds", 1e-6), "nanoseconds": ("seconds", 1e-9), "ns": ("seconds", 1e-9), "minutes": ("seconds", 60.0),
    "hours": ("seconds", 3600.0), "days": ("seconds", 86400.0), "bytes": ("bytes", 1.0), "byte": ("bytes", 1.0),
    "bits": ("bytes", 0.125), "kilobytes": ("bytes", 1e3), "megabytes": ("bytes", 1e6), "gigabytes": ("bytes", 1e9),
    "kibibytes": ("bytes", 1024.0), "mebibytes": ("bytes", 1024.0**2), "gibibytes": ("bytes", 1024.0**3),
    "ratio": ("", 1.0), "ratios": ("", 1.0), "percent": ("", 0.01), "1": ("", 1.0),
}  # fmt: skip


def unit_of(name: str | None, metric: str = "") -> MaybeUnit:
    """The unit that a spec declares, or that a metric's own name stands for where it declares none."""
    if not name:
        return Unit(((f"?{metric}", 1),)) if metric else None
    base, scale = _SPELLINGS.get(name, (name, 1.0))
    return Unit(((base, 1),) if base else (), scale)


def multiply(left: MaybeUnit, right: MaybeUnit) -> MaybeUnit:
    return _combined(left, right, 1)


def divide(left: MaybeUnit, right: MaybeUnit) -> MaybeUnit:
    return _combined(left, right, -1)


def per_second(unit: MaybeUnit) -> MaybeUnit:
    return divide(_plain(unit), SECONDS)


def raised(unit: MaybeUnit, exponent: int) -> MaybeUnit:
    if not isinstance(unit, Unit):
        return unit if unit is None else Bare(None)
    scale = None if unit.scale is None else unit.scale**exponent
    return Unit(tuple((base, power * exponent) for base, power in unit.dimension) if exponent else (), scale)


def _plain(unit: MaybeUnit) -> MaybeUnit:
    """A rate of change of times is one of durations."""
    return unit._replace(instant=False) if isinstance(unit, Unit) and unit.instant else unit


def _combined(left: MaybeUnit, right: MaybeUnit, sign: int) -> MaybeUnit:
    if left is None or right is None:
        return None
    if isinstance(right, Bare):
        return Bare(None) if isinstance(left, Bare) else _rescaled(left, right.value, sign)
    if isinstance(left, Bare):
        return _rescaled(right if sign > 0 else _inverse(right), left.value, 1)
    powers = dict(left.dimension)
    for base, power in right.dimension:
        powers[base] = powers.get(base, 0) + sign * power
    scale = None
    if left.scale is not None and right.scale is not None:
        scale = left.scale * right.scale if sign > 0 else left.scale / right.scale
    return Unit(tuple(sorted((base, power) for base, power in powers.items() if power)), scale)


def _inverse(unit: Unit) -> Unit:
    return Unit(tuple((base, -power) for base, power in unit.dimension), unit.scale and 1 / unit.scale)


_RESCALING: Final = frozenset(
    (8, 60, 100, 1000, 3600, 86400, *(1000**k for k in (2, 3, 4)), *(1024**k for k in range(1, 5)))
)


def _rescaled(unit: Unit, factor: float | None, sign: int) -> Unit:
    """The unit of the same quantity after its number was multiplied (or divided) by a constant."""
    plain = unit._replace(instant=False)
    if factor is None or plain.scale is None:
        return plain._replace(scale=None)
    if factor in (1, -1):
        return plain
    if factor in _RESCALING:
        return plain._replace(scale=plain.scale / factor if sign > 0 else plain.scale * factor)
    if factor and 1 / factor in _RESCALING:
        return plain._replace(scale=plain.scale / factor if sign > 0 else plain.scale * factor)
    return plain._replace(scale=None)


def add(left: MaybeUnit, right: MaybeUnit) -> MaybeUnit:
    """The unit of a sum. Where the two differ it is not known (and there is a finding)."""
    return _summed(left, right, both_instants=None)


def subtract(left: MaybeUnit, right: MaybeUnit) -> MaybeUnit:
    """The unit of a difference: time minus time is a duration."""
    return _summed(left, right, both_instants=SECONDS)


def _summed(left: MaybeUnit, right: MaybeUnit, both_instants: MaybeUnit) -> MaybeUnit:
    if isinstance(left, Bare):
        return Bare(None) if isinstance(right, Bare) else right
    if isinstance(right, Bare):
        return left
    if left is None or right is None:
        return None
    if left.dimension != right.dimension:
        return None
    scale = left.scale if left.scale == right.scale else None
    if left.instant and right.instant:
        return None if both_instants is None else SECONDS._replace(scale=scale)
    return Unit(left.dimension, scale, left.instant or right.instant)


def either(left: MaybeUnit, right: MaybeUnit) -> MaybeUnit:
    """The unit of something that is one or the other."""
    if left == right:
        return left
    if isinstance(left, Bare) or isinstance(right, Bare):
        return right if isinstance(left, Bare) else left
    if left is None or right is None or left.dimension != right.dimension or left.instant != right.instant:
        return None
    return left._replace(scale=None)


def compatible(left: MaybeUnit, right: MaybeUnit) -> bool | None:
    """Whether the two can be added or compared; None where the spec does not say enough."""
    if left is None or right is None or isinstance(left, Bare) or isinstance(right, Bare):
        return None
    if left.dimension == right.dimension:
        return True
    return False if left.known and right.known else None


_SCALES: Final = {
    ("seconds", 1e-3): "milliseconds", ("seconds", 1e-6): "microseconds", ("seconds", 1e-9): "nanoseconds",
    ("seconds", 60.0): "minutes", ("seconds", 3600.0): "hours", ("seconds", 86400.0): "days",
    ("bytes", 0.125): "bits", ("bytes", 1e3): "kilobytes", ("bytes", 1e6): "megabytes", ("bytes", 1e9): "gigabytes",
    ("bytes", 1024.0): "kibibytes", ("bytes", 1024.0**2): "mebibytes", ("bytes", 1024.0**3): "gibibytes",
}  # fmt: skip
_PER: Final = {1.0: "second", 60.0: "minute", 3600.0: "hour", 86400.0: "day"}


def unit_text(unit: MaybeUnit) -> str | None:
    """As the `query` command shows it: `seconds`, `bytes/second`, `1`, `percent`; None where it is not known.

    What a metric of no declared unit counts is a `1`, but only a rate of it is worth saying (`1/second`)."""
    if not isinstance(unit, Unit) or unit.scale is None:
        return None
    unknown = [power for base, power in unit.dimension if base.startswith("?")]
    known = [(base, power) for base, power in unit.dimension if not base.startswith("?")]
    return None if unknown and (unknown != [1] or known != [("seconds", -1)]) else _words(unit)


def _words(unit: Unit) -> str:
    if unit.instant:
        return "Unix time in seconds" if unit.scale == 1.0 else "Unix time"
    # What a metric without a unit counts has no name of its own.
    above = [(base, power) for base, power in unit.dimension if power > 0 and not base.startswith("?")]
    below = [(base, -power) for base, power in unit.dimension if power < 0 and not base.startswith("?")]
    scale = 1.0 if unit.scale is None else unit.scale
    top, scale = _top(above, scale, bool(below))
    bottom = "*".join(_powered(base.removesuffix("s"), power) for base, power in below)
    if below == [("seconds", 1)] and scale != 1.0 and 1 / scale in _PER:
        bottom, scale = _PER[1 / scale], 1.0
    text = f"{top}/{bottom}" if bottom else top
    return text if abs(scale - 1.0) < 1e-12 else f"{scale:g} {text}"


def _top(above: list[tuple[str, int]], scale: float, has_bottom: bool) -> tuple[str, float]:
    if len(above) == 1 and above[0][1] == 1:
        named = _SCALES.get((above[0][0], scale))
        if named is not None:
            return named, 1.0
    if not above and scale == 0.01 and not has_bottom:
        return "percent", 1.0
    return "*".join(_powered(base, power) for base, power in above) or "1", scale


def _powered(base: str, power: int) -> str:
    return base if power == 1 else f"{base}^{power}"
