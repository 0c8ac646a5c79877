"""Prometheus's functions and aggregations: their arguments, what they return, which are experimental.

From Prometheus 3.16 (promql/parser/functions.go). `variadic` counts as there: 0, the number of arguments is
fixed; n > 0, the last argument may be left out or be repeated up to n times; -1, any number of times.
"""

from __future__ import annotations

from dataclasses import dataclass

from gaugewright.promql.syntax import ValueType

EXPERIMENTAL_FUNCTIONS = "promql-experimental-functions"
FILL_MODIFIERS = "promql-binop-fill-modifiers"


@dataclass(frozen=True, slots=True)
class Function:
    name: str
    arguments: tuple[ValueType, ...]
    returns: ValueType = "vector"
    variadic: int = 0
    experimental: bool = False

    @property
    def fewest(self) -> int:
        return len(self.arguments) - (1 if self.variadic else 0)

    @property
    def most(self) -> int | None:
        """The largest number of arguments; None: any."""
        if self.variadic < 0:
            return None
        return self.fewest + self.variadic if self.variadic else len(self.arguments)

    def argument(self, index: int) -> ValueType | None:
        """The type of argument `index`, counted from 0; None where the function takes no such argument."""
        if index < len(self.arguments):
            return self.arguments[index]
        return self.arguments[-1] if self.variadic else None


_LETTERS: dict[str, ValueType] = {"s": "scalar", "v": "vector", "m": "matrix", "t": "string"}

# The arguments by their first letters (t is text, a string), then the names. "?" after the arguments:
# the last may be left out; "*": it may be repeated. ">s" returns a scalar. "!" marks an experimental name.
_SIGNATURES = """
v   abs absent acos acosh asin asinh atan atanh ceil cos cosh deg exp floor histogram_avg histogram_count
v   histogram_stddev histogram_stdvar histogram_sum ln log10 log2 rad sgn sin sinh sort sort_desc sqrt
v   tan tanh timestamp start_timestamp!
v?  day_of_month day_of_week day_of_year days_in_month hour minute month year
m   absent_over_time avg_over_time changes count_over_time delta deriv first_over_time idelta increase irate
m   last_over_time max_over_time min_over_time present_over_time rate resets stddev_over_time stdvar_over_time
m   sum_over_time mad_over_time! ts_of_first_over_time! ts_of_last_over_time! ts_of_max_over_time!
m   ts_of_min_over_time!
ms  predict_linear
mss double_exponential_smoothing!
ms? integral!
sm  quantile_over_time
sv  histogram_quantile
ssv histogram_fraction
vs  clamp_max clamp_min
vs? round
vss clamp
vv? info!
vttt*  label_join
vtttt  label_replace
vt* sort_by_label! sort_by_label_desc!
s   vector
v>s scalar
>s  pi time end! range! start! step!
ss>s max_of! min_of!
"""


def _functions() -> dict[str, Function]:
    table: dict[str, Function] = {}
    for line in _SIGNATURES.strip().splitlines():
        signature, *names = line.split()
        taken, returns = (signature, "") if ">" not in signature else signature.split(">")
        variadic = 1 if taken.endswith("?") else -1 if taken.endswith("*") else 0
        arguments = tuple(_LETTERS[letter] for letter in taken.rstrip("?*"))
        result: ValueType = "scalar" if returns else "vector"
        for word in names:
            name = word.rstrip("!")
            table[name] = Function(name, arguments, result, variadic, experimental=word != name)
    quantiles: tuple[ValueType, ...] = ("vector", "string", "scalar", "scalar")
    table["histogram_quantiles"] = Function("histogram_quantiles", quantiles, "vector", 9, experimental=True)
    return table


FUNCTIONS = _functions()

RENAMED_FUNCTIONS = {"holt_winters": "double_exponential_smoothing"}
"""Old name, and what Prometheus 3 calls it."""

REMOVED_FUNCTIONS = {
    "count_scalar": "`scalar(count(..))`",
    "drop_common_labels": "an aggregation with `without (..)`",
}
"""Functions of Prometheus 1, and what to write instead."""

AGGREGATIONS: dict[str, ValueType | None] = {
    "sum": None,
    "avg": None,
    "count": None,
    "min": None,
    "max": None,
    "group": None,
    "stddev": None,
    "stdvar": None,
    "topk": "scalar",
    "bottomk": "scalar",
    "quantile": "scalar",
    "limitk": "scalar",
    "limit_ratio": "scalar",
    "count_values": "string",
}
"""Each aggregation, and the type of its parameter."""

EXPERIMENTAL_AGGREGATIONS = frozenset({"limitk", "limit_ratio"})
