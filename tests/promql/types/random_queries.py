"""Queries over spec.yaml, drawn at random: every kind of node, and mostly ones that mean something."""

from random import Random

COUNTERS = ("orders_total", "refunds_total", "sent_bytes_total", "wait_seconds_count", "size_bytes_sum")
GAUGES = ("queue_length", "memory_bytes", "limit_bytes", "shop_info", "up", "way:orders:rate1m", "way:errors:ratio1m",
          "way:orders:labelled", "way:errors:doubled")  # fmt: skip
LABELS = ("way", "status", "instance", "job", "zone", "tenant", "le", "nope", "version")
LIKELY = (*LABELS, "way", "way", "instance", "instance", "status")
MATCHERS = (
    'way="web"', 'way!="web"', 'way=~"w.*"', 'way=~"web|app"', 'way=~""', 'way!~"web"', 'status="ok"', 'status!="ok"',
    'status=~"ok|er.+"', 'status=~"[eo].*"', 'status=""', 'status!=""', 'status=~".*"', 'status=~".+"', 'status!~".+"',
    'instance="a:9100"', 'instance=~"a:.*"', 'zone="north"', 'zone="south"', 'nope=""', 'nope!="x"', 'tenant="v1"',
    'tenant=~"v[12]"', 'tenant!="v1"', 'tenant!~"v.*"', 'way=~"(?i)WEB"', 'status=~"..."', 'le="0.5"', 'le!="+Inf"',
)  # fmt: skip
OVER_TIME = (
    "rate", "irate", "increase", "delta", "idelta", "deriv", "resets", "changes", "avg_over_time", "min_over_time",
    "max_over_time", "sum_over_time", "count_over_time", "present_over_time", "last_over_time", "stddev_over_time",
    "stdvar_over_time", "absent_over_time",
)  # fmt: skip
BY_ITSELF = (
    "abs", "ceil", "floor", "sgn", "sqrt", "exp", "ln", "log2", "log10", "sin", "cos", "tan", "asin", "acos", "atan",
    "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "deg", "rad", "timestamp", "minute", "hour", "day_of_week",
    "day_of_month", "day_of_year", "days_in_month", "month", "year", "sort", "sort_desc", "round", "absent",
)  # fmt: skip
NUMBERS = ("0", "1", "2", "-1", "0.5", "100", "1000", "NaN", "Inf", "time()", "pi()", "5m", "1e-3")
AGGREGATIONS = ("sum", "avg", "min", "max", "count", "group", "stddev", "stdvar")
ARITHMETIC = ("+", "-", "*", "/", "%", "^", "atan2")
COMPARISONS = ("==", "!=", ">", "<", ">=", "<=")


class Queries:
    """Draws queries; the same seed gives the same ones."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def vector(self, depth: int) -> str:
        kinds = (self._selector, self._range_function, self._range_function, self._function, self._aggregate,
                 self._aggregate, self._with_number, self._two, self._two, self._same, self._set, self._special,
                 self._labels)  # fmt: skip
        return self._selector(0) if depth <= 0 else self.random.choice(kinds)(depth - 1)

    def _selector(self, depth: int) -> str:
        some = self.random.random()
        name = self.random.choice((*COUNTERS, *GAUGES, "wait_seconds_bucket"))
        if some < 0.05:
            return '{__name__=~"(orders|refunds)_total"' + self._matchers(", ") + "}"
        if some < 0.4:
            return name
        suffix = self.random.choice(("", "", "", "", " offset 1m", " @ 300"))
        return name + (f"{{{self._matchers()}}}" if some < 0.7 else "") + suffix

    def _matchers(self, before: str = "") -> str:
        several = self.random.sample(MATCHERS, self.random.choice((0, 1, 1, 2)))
        return before + ", ".join(several) if several else ""

    def _range(self, depth: int) -> str:
        if self.random.random() < 0.2 and depth > 0:
            window, step = self.random.choice(("2m", "1m")), self.random.choice(("", "15s", "1m"))
            return f"({self.vector(depth - 1)})[{window}:{step}]"
        selector = self._selector(0)
        for suffix in (" offset 1m", " @ 300"):
            selector = selector.removesuffix(suffix)
        suffix = self.random.choice(("", "", "", " offset 30s", " @ end()"))
        return f"{selector}[{self.random.choice(('15s', '30s', '1m', '5m'))}]{suffix}"

    def _range_function(self, depth: int) -> str:
        some = self.random.random()
        if some < 0.1:
            return f"quantile_over_time({self.random.choice(('0.5', '-1', '2', 'NaN', '0'))}, {self._range(depth)})"
        if some < 0.15:
            return f"predict_linear({self._range(depth)}, 60)"
        return f"{self.random.choice(OVER_TIME)}({self._range(depth)})"

    def _function(self, depth: int) -> str:
        return f"{self.random.choice(BY_ITSELF)}({self.vector(depth)})"

    def _special(self, depth: int) -> str:
        inside = self.vector(depth)
        low, high = self.random.choice(NUMBERS), self.random.choice(NUMBERS)
        buckets = "wait_seconds_bucket" + self.random.choice(("", '{way="web"}', '{le!="+Inf"}', '{le=~"0.5|.Inf"}'))
        phi = self.random.choice(("0.5", "0.99", "0", "1", "2", "-1"))
        by = self.random.choice(("le", "le, way", "way", "le, instance"))
        return self.random.choice((
            f"clamp({inside}, {low}, {high})", f"clamp_min({inside}, {low})", f"clamp_max({inside}, {high})",
            f"round({inside}, {low})", f"vector({low})", f"vector(scalar({inside}))", f"-({inside})",
            f"histogram_quantile({phi}, sum by ({by}) (rate({buckets}[5m])))",
            f"histogram_quantile(0.9, {buckets})", f"histogram_count({inside})", "hour()", "minute()",
        ))  # fmt: skip

    def _labels(self, depth: int) -> str:
        inside, label = self.vector(depth), self.random.choice(LABELS)
        target = self.random.choice((*LABELS, "new"))
        pattern = self.random.choice(('"(.*)"', '"(w).*"', '"x|app"', '".*"', '"(.+):(.*)"', '"[^a]+"'))
        replacement = self.random.choice(('"$1"', '"x-$1"', '"fixed"', '""', '"${2}$1"'))
        if self.random.random() < 0.3:
            return f'label_join({inside}, "{target}", "-", "{label}", "way")'
        return f'label_replace({inside}, "{target}", {replacement}, "{label}", {pattern})'

    def _list(self, without: str = "") -> str:
        taken = without.split(", ")
        several = dict.fromkeys(self.random.choices(LIKELY, k=self.random.choice((0, 1, 1, 2, 3))))
        return ", ".join(label for label in several if label not in taken)

    def _grouping(self) -> str:
        return self.random.choice(("", f" by ({self._list()})", f" by ({self._list()})", f" without ({self._list()})"))

    def _aggregate(self, depth: int) -> str:
        inside, grouping = self.vector(depth), self._grouping()
        some = self.random.random()
        if some < 0.1:
            return f"{self.random.choice(('topk', 'bottomk'))}{grouping} ({self.random.choice('0123')}, {inside})"
        if some < 0.15:
            return f"quantile{grouping} ({self.random.choice(('0.5', '2', '-1', '0'))}, {inside})"
        if some < 0.2:
            return f'count_values{grouping} ("{self.random.choice(("value", "way"))}", {inside})'
        return f"{self.random.choice(AGGREGATIONS)}{grouping} ({inside})"

    def _operator(self) -> str:
        if self.random.random() < 0.5:
            return self.random.choice(ARITHMETIC)
        return self.random.choice(COMPARISONS) + self.random.choice(("", "", " bool"))

    def _with_number(self, depth: int) -> str:
        sides = [f"({self.vector(depth)})", self.random.choice(NUMBERS)]
        self.random.shuffle(sides)
        return f"{sides[0]} {self._operator()} {sides[1]}"

    def _matching(self) -> str:
        some = self.random.random()
        if some < 0.4:
            return ""
        keyword, matched = self.random.choice(("on", "ignoring", "on")), self._list()
        if some < 0.7:
            return f" {keyword} ({matched})"
        copied = self._list(without=matched if keyword == "on" else "")
        return f" {keyword} ({matched}) {self.random.choice(('group_left', 'group_right'))} ({copied})"

    def _two(self, depth: int) -> str:
        left = f"({self.vector(depth)})"
        return f"{left} {self._operator()}{self._matching()} ({self.vector(depth)})"

    def _same(self, depth: int) -> str:
        """Both sides read one metric: ratios, differences, shares."""
        name = self.random.choice((*COUNTERS, "queue_length"))
        summed = f"sum by ({self._list()}) ({{}})"
        shape = self.random.choice((
            "{}", "rate({}[1m])", summed, "sum by (way) (rate({}[1m]))", "count({})", "max by (status) ({})", "avg({})",
            "sum(rate({}[1m]))",
        ))  # fmt: skip
        left, right = (shape.format(name + "{" + self._matchers() + "}") for _ in range(2))
        if self.random.random() < 0.5:
            right = shape.format(name)
        if self.random.random() < 0.2:
            right = f"({left} + {right})"
        return f"{left} {self._operator()} {right}"

    def _set(self, depth: int) -> str:
        matching = self.random.choice(("", f" on ({self._list()})", f" ignoring ({self._list()})"))
        op = self.random.choice(("and", "or", "unless"))
        return f"({self.vector(depth)}) {op}{matching} ({self.vector(depth)})"
