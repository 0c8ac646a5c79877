"""The words of drawn queries: names, numbers and patterns that meet the edges of spec.yaml's series."""

from gaugewright.promql.functions import FUNCTIONS

RECORDED_LABELS = {
    "way:orders:labelled": ("way", "kind"), "orders:most": ("way", "status", "of", "job"),
    "refunds:most": ("way", "of"), "le:wait:rate1m": ("le", "way"), "queue:full": ("way", "instance"),
}  # fmt: skip
NUMBERS = (
    "0", "1", "2", "-1", "0.5", "0.9", "3", "10", "100", "1000", "NaN", "Inf", "-Inf", "5m", "1e-3", "time()", "pi()",
    "-0.5", "2.5", "1.5",
)  # fmt: skip
RANGES = ("15s", "30s", "1m", "5m", "10m", "16s", "45s", "30m")
STEPS = ("", "15s", "1m", "7s")
PATTERNS = (
    ".*", ".+", "", "w.*", "web|app", "web|", "(?i)WEB", "[^a].*", "ok|er.+", "...", "[45]..", "v\\\\d", "a.*:9100",
    "[a-b]:9100", "nope", "v[12]|", "(web|app|api-v2)", "\\\\w+", "\\\\S+", ".", ".{2,3}", "a\\\\.b",
)  # fmt: skip
NAME_PATTERNS = ("(orders|refunds)_total", ".+_total", "memory_bytes|limit_bytes", "way:.*", "up|nope", ".+")
SOME_VALUES = (
    "web",
    "app",
    "ok",
    "error",
    "200",
    "404",
    "a:9100",
    "north",
    "v1",
    "nope",
    "left",
    "0.5",
    "+Inf",
    "firing",
)
REPLACED = (
    ('"$1"', '"(.*)"'), ('"x-$1"', '"(w).*"'), ('"fixed"', '"web|app"'), ('""', '".*"'), ('"${1}-${2}"', '"(.)(.*)"'),
    ('"$1"', '"(.+):(.*)"'), ('"web"', '"[^a]+"'), ('"$name"', '"(?P<name>.).*"'), ('"$0"', '"a.*"'), ('"same"', '""'),
    ('"$11"', '"(.*)"'), ('"a$"', '".*"'), ('"$1"', '"(a)|.*"'),
)  # fmt: skip
LABELS = (
    "way", "way", "way", "way", "status", "status", "instance", "instance", "job", "zone", "code", "tenant", "le",
    "nope", "new", "version", "oven", "replica",
)  # fmt: skip
MOMENT = 1_709_165_400
"""A Unix time, ten minutes into the first data set."""
ARITHMETIC = ("+", "-", "*", "/", "%", "^", "atan2")
COMPARISONS = ("==", "!=", ">", "<", ">=", "<=")
RANGE_FUNCTIONS = tuple(name for name, found in FUNCTIONS.items() if found.arguments == ("matrix",))
PLAIN_FUNCTIONS = tuple(
    name for name, found in FUNCTIONS.items() if found.arguments == ("vector",) and found.returns != "scalar"
)
ALIKE = (
    (("instance", "way"), ("queue_length", "wait_seconds_sum", "wait_seconds_count", "queue:full")),
    (("instance",), ("memory_bytes", "limit_bytes", "restarts_total", "up", "last_backup_timestamp_seconds")),
    (("instance", "way", "status"), ("orders_total", "refunds_total", "orders:most")),
    (("way",), ("way:orders:rate1m", "way:errors:rate1m", "way:errors:ratio1m", "way:wait:p90", "refunds:most")),
    (("instance", "tenant"), ("sent_bytes_total", "bread_bytes_sum", "bread_bytes_count")),
)  # fmt: skip
"""Labels that tell series apart, and metrics that have them: their series meet."""
TOGETHER = ("sum", "avg", "min", "max", "count", "group", "stddev", "stdvar")
