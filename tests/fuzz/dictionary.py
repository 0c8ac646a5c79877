"""What the fuzzer writes in place of what was there: the words that some reader on the way takes specially."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.emit.hostile import SNIPPETS

MARKER = "MARKERhunter2"
"""Stands for a secret: wherever the spec has it under a secret's key, nothing that we print may hold it."""

SECRET_KEYS = (
    *("basic_auth_password", "password", "auth_password", "api_url", "api_key", "routing_key", "service_key", "token"),
    *("auth_secret", "webhook_url", "url", "user_key", "bot_token", "client_secret"),
)

YAML_TOKENS = (
    *("&a ", "*a", "!!str ", "!!python/object:os.system ", "!x ", "<<: ", "? ", ": ", "- ", "| ", "|2-\n", ">+\n"),
    *("{", "}", "[", "]", ",", "#", " # ", "'", '"', "%YAML 1.1\n", "---\n", "...\n", "\t", "\r", "\r\n", "\u2028"),
    *("@", "`", "\x00", "\x85", "\ufeff", "\\", "~", "=", "💥", "é"),
)
YAML_SCALARS = (
    *("no", "on", "Yes", "NULL", "~", "", "1:30", "0o10", "010", "0x1F", "1_000", "1e3", "1e400", "-1e-400", ".inf"),
    *(".nan", "2026-01-01", "99999999999999999999999", "-0", "+5", "1.", "true", "True", "=", "<<", "[]", "{}", "[[]]"),
    *("{a: {a: {a: b}}}", '"\\u0000"', '"\\x1b[31m"', "'it''s'", '"\\U0001F4A5"', "|\n    block\n", "9" * 400, "- a"),
)
PROMQL_TOKENS = (
    *("(", ")", "{", "}", "[", "]", "[5m]", "[1h:1m]", "[1e30]", " offset -5m", " @ end()", " @ 1e30", " bool ", "=~"),
    *(
        "!~",
        "!=",
        "==",
        ">",
        "^",
        "%",
        " and ",
        " unless ",
        " or ",
        " on()",
        " by (le)",
        " group_left(x)",
        "rate(",
        "-",
    ),
    *(
        "histogram_quantile(",
        "label_replace(",
        "absent(",
        "sum without (pool) ",
        "topk(5, ",
        "1e999",
        "NaN",
        "Inf",
        "0x",
    ),
    *("$pool", "${pool:csv}", "[[pool]]", "$__rate_interval", "$__range", '"\\x"', "'", "`", "# ", '"(a+)+$"', '".*"'),
    *('{__name__=~".+"}', "pool", "status", "le", "time()", "vector(1)", ",", '"(?i)[[:alpha:]]{1,1000}"', "é"),
)
CRON_TOKENS = (
    *("*", "*/0", "*/1", "*/7", "0-59", "59-0", "1-5/2", "L", "W", "#2", "?", "7", "0", "31", "29", "feb", "JAN-DEC"),
    *("mon#1", "@daily", "60", "-1", "1,2,3", ",".join(map(str, range(60))), "1,,2", "*/1,*/2,*/3", "٣", "99999999999"),
)
TEMPLATE_TOKENS = (
    *(
        "{{",
        "}}",
        "{{ $labels.pool }}",
        "{{ $value }}",
        "{{ $labels.nope }}",
        "{{ .Labels }}",
        "{{ end }}",
        "{{ if ",
        "$",
    ),
    *(
        '{{ printf "%s" ',
        '{{ template "x" }}',
        '{{ define "x" }}',
        "{{/* ",
        "{{- ",
        " -}}",
        "{{ range query `up` }}",
        "|",
    ),
    *("{{ `", "{{ '", "{{ (((", "{{ 1e999 }}", "{{ nil }}", " | humanize }}", "{{ $x := 1 }}{{ $x }}", "{{label}}"),
)
NUMBERS: tuple[Any, ...] = (
    *(0, -1, 1, 2**31, 2**63, 2**64, 10**30, -(10**30), 0.0, -0.0, 1e-320, 1.7976931348623157e308),
    *(float("inf"), float("-inf"), float("nan"), 0.1, 65536, 1e21),
)
NAMES = (
    *("up", "le", "job", "__name__", "quantile", "ALERTS", "class", "amount", "self", "def", "_", "__", "A" * 500),
    *(
        "x_total",
        "x_bucket",
        "pool",
        "no",
        "on",
        "null",
        "1",
        "0x1",
        "a.b",
        "a-b",
        "é",
        "",
        " ",
        "a b",
        "*",
        "proxywhirl",
    ),
)


def word(random: Random) -> str:
    """A piece of some syntax."""
    return random.choice(random.choice((YAML_TOKENS, YAML_SCALARS, PROMQL_TOKENS, CRON_TOKENS, TEMPLATE_TOKENS, NAMES)))


def text(random: Random) -> str:
    """A text that tries to break out of where it lands."""
    parts = [random.choice(SNIPPETS) if random.random() < 0.7 else letters(random) for _ in range(random.randint(1, 6))]
    return "".join(parts)


def letters(random: Random) -> str:
    """Any characters that Unicode has."""
    count = random.choice((1, 2, 5, 30))
    return "".join(chr(random.choice((random.randrange(0x20, 0x7F), random.randrange(0xD7FF)))) for _ in range(count))


def long(random: Random) -> str:
    """Far more than anybody writes."""
    return random.choice(("a", "(", "{{", "a,", "é", "-", " ", "\\", "a.", "{a: ", "[", "*/1,")) * random.choice(
        (300, 3_000, 30_000)
    )


def value(random: Random) -> Any:
    """Some value of any kind."""
    kind = random.randrange(8)
    if kind == 0:
        return random.choice(NUMBERS)
    if kind == 1:
        return random.choice((None, True, False, [], {}, [[]], [None], {"": None}, [{}]))
    if kind == 2:
        return nested(random.choice((3, 39, 45)), random)
    if kind == 3:
        return long(random)
    if kind == 4:
        return {word(random): word(random) for _ in range(random.randint(1, 3))}
    if kind == 5:
        return [word(random) for _ in range(random.choice((1, 3, 60)))]
    return word(random) if kind == 6 else text(random)


def nested(depth: int, random: Random) -> Any:
    """Lists and mappings in one another."""
    inner: Any = "x"
    for _ in range(depth):
        inner = [inner] if random.random() < 0.5 else {"a": inner}
    return inner
