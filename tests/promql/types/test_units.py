"""Units: what may be added, and what products, rates and constants make of them."""

import pytest
from gaugewright.promql.types import units
from gaugewright.promql.types.units import ONE, SECONDS, TIME, Bare, compatible, unit_of, unit_text

BYTES = unit_of("bytes")
UNKNOWN = unit_of(None, "queue")


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        (units.per_second(BYTES), "bytes/second"),
        (units.divide(BYTES, Bare(1024.0)), "kibibytes"),
        (units.multiply(SECONDS, Bare(1000.0)), "milliseconds"),
        (units.multiply(units.divide(BYTES, BYTES), Bare(100.0)), "percent"),
        (units.multiply(BYTES, Bare(3.0)), None),
        (units.subtract(TIME, TIME), "seconds"),
        (units.subtract(TIME, SECONDS), "Unix time in seconds"),
        (units.divide(UNKNOWN, UNKNOWN), "1"),
        (units.per_second(UNKNOWN), "1/second"),
        (UNKNOWN, None),
        (units.divide(UNKNOWN, BYTES), None),
        (units.divide(SECONDS, ONE), "seconds"),
        (units.raised(BYTES, 2), "bytes^2"),
        (units.divide(Bare(1.0), SECONDS), "1/second"),
        (unit_of("milliseconds"), "milliseconds"),
        (unit_of("ratio"), "1"),
        (unit_of("volts"), "volts"),
        (units.add(BYTES, Bare(1.0)), "bytes"),
        (units.add(BYTES, SECONDS), None),
    ],
)
def test_a_unit_follows_the_arithmetic(unit: units.MaybeUnit, text: str | None) -> None:
    assert unit_text(unit) == text


@pytest.mark.parametrize(
    ("left", "right", "verdict"),
    [
        (BYTES, SECONDS, False),
        (BYTES, BYTES, True),
        (BYTES, UNKNOWN, None),
        (UNKNOWN, UNKNOWN, True),
        (BYTES, Bare(1.0), None),
        (BYTES, None, None),
        (units.per_second(BYTES), BYTES, False),
        (SECONDS, unit_of("minutes"), True),
    ],
)
def test_only_what_is_surely_different_is_incompatible(
    left: units.MaybeUnit, right: units.MaybeUnit, verdict: bool | None
) -> None:
    assert compatible(left, right) is verdict
    assert compatible(right, left) is verdict
