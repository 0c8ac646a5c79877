"""Queries, patterns and rules made to cost: `check` and `query` end soon, and with a finding where one is due."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from tests.fragments import BASE
from tests.hostile.command import checked, checked_together, gaugewright
from tests.hostile.test_sizes import with_query, written

X = "shop_requests_total"


def pattern(text: str) -> str:
    """A selector of the series whose route matches; backslashes are PromQL's."""
    return f'{X}{{route=~"{text}"}}'


def words(count: int, text: str = "l{}") -> str:
    return ",".join(text.format(number) for number in range(count))


REFUSED = {
    "100 kB of operators": " + ".join(["1"] * 25_000),
    "4,000 operators": " + ".join(["1"] * 4_000),
    "500 parentheses": "(" * 500 + "1" + ")" * 500,
    "100,000 labels": f"sum by ({words(100_000)}) ({X})",
    "10,000 labels": f"sum by ({words(10_000)}) ({X})",
    "10,000 matched labels": f"{X} / on ({words(10_000)}) {X}",
    "10,000 ignored labels": f"{X} / ignoring ({words(10_000)}) {X}",
    "10,000 matchers": X + "{" + words(6_000, 'l{}="x"') + "}",
    "10,000 arguments": f'label_join({X}, "a", "-", ' + words(9_000, '"r"') + ")",
    "10,000 quantiles": 'histogram_quantiles(x_bucket, "q", ' + words(10_000, "0.5") + ")",
    "10,000 times": X + " @ 1" * 10_000,
    "10,000 offsets": X + " offset 1m" * 6_000,
    "commas": "," * 60_000,
    "quotes": '"' * 60_001,
    "braces": "{" * 60_000,
    "brackets": "[" * 60_000,
    "closed": ")" * 60_000,
    "keywords": "by " * 20_000,
    "aggregations": "sum by " * 8_000,
    "colons and dots": ":." * 30_000,
    "equal signs": "=" * 60_000,
    "letters": "é" * 30_000,
    "escapes": f'{X}{{route="' + "\\x" * 20_000 + '"}',
    "repetitions in repetitions": pattern("(" * 150 + "a" + "{2})" * 150),
    "an endless pattern": pattern("(" * 2_000 + ")" * 2_000),
    "a pattern of repeated repetitions": pattern("a" + "{1000}" * 2_000),
    "a pattern of open classes": pattern("[" * 20_000),
}
"""These have an error, whichever it is."""

READ = {
    "99 operators": " + ".join([X] * 99),
    "90 set operators": " or ".join(f"{X} * {number}" for number in range(45)),
    "99 aggregations": "sum(" * 99 + X + ")" * 99,
    "45 subqueries": "max_over_time(" * 45 + X + "[5m:1m])" * 45,
    "250 labels": f"sum by ({words(250)}) ({X})",
    "250 matched labels": f"{X} / on ({words(250)}) {X}",
    "250 matchers": X + "{" + words(250, 'route!="r{}"') + "}",
    "250 matching patterns": X + "{" + words(250, 'route=~"r{}.*"') + "}",
    "50 joined labels": "label_join(" * 50 + X + ', "route", "-", "route", "status")' * 50,
    "90 replaced labels": "label_replace(" * 90 + X + ', "a", "$1", "route", "(.*)")' * 90,
    "a replacement of groups": f'label_replace({X}, "a", "' + "$1" * 10_000 + '", "route", "(.*)")',
    "60 kB in quotes": f'{X}{{route!="' + "x" * 60_000 + '"}',
    "60 kB of escapes": f'{X}{{route!="' + "\\\\" * 29_000 + '"}',
    "60 kB of comments": f"{X} # {'x' * 60_000}",
    "a number of 60 kB": "0x" + "f" * 60_000,
    "optional letters": pattern("(a?){1000}"),
    "optional letters, repeated": pattern("((a?){30}){30}"),
    "optional letters, often": pattern("(a?){900}" * 500),
    "two letters, often": pattern("(a|b){1000}" * 100),
    "nested repetitions": pattern("((a+)+)+" * 500),
    "10,000 words": pattern("|".join(f"r{number}" for number in range(9_900))),
    "10,000 words of classes": pattern("|".join(f"r[{number % 10}]" for number in range(9_000))),
    "products of words": pattern("(a|b|c)" * 3_000),
    "classes of Unicode": pattern(r"\\p{Greek}" * 3_000),
    "sets of classes": pattern(r"[\\p{L}\\pN]+" * 2_000),
    "letters of any case": pattern("(?i)" + "aKs" * 10_000),
    "a class of ranges": pattern("[" + "a-zA-Z" * 8_000 + "]"),
    "8,000 classes": pattern("[a-z]" * 8_000),
    "a pattern of groups of one name": pattern("(?P<a>x)" * 4_000),
    "60 kB of a word": pattern("x" * 60_000),
}
"""These are queries; what they select may be wrong."""

ALL = REFUSED | READ


def test_check_ends_with_a_finding_where_one_is_due(tmp_path: Path) -> None:
    found = checked_together(tmp_path, {what: written(with_query(query)) for what, query in ALL.items()})
    silent = {what for what in REFUSED if not any(item["severity"] == "error" for item in found[what])}
    assert not silent
    limits = {what for what in READ if any(item["code"] == "query-too-deep" for item in found[what])}
    assert not limits


def test_query_shows_a_type_or_a_finding(tmp_path: Path) -> None:
    """Longer ones than these do not fit into an argument of a command."""
    (tmp_path / "spec.yaml").write_text(BASE, "utf-8")
    for what in ("4,000 operators", "500 parentheses", "10,000 labels", "99 operators", "250 labels", "10,000 words",
                 "optional letters, often", "a pattern of repeated repetitions", "60 kB in quotes"):  # fmt: skip
        run = gaugewright(tmp_path, "query", "spec.yaml", ALL[what])
        assert run.code == 1 or what in READ, what
        assert run.out


def rules(queries: dict[str, str]) -> dict[str, Any]:
    tree: dict[str, Any] = yaml.safe_load(BASE)
    tree["recording_rules"] = [{"name": name, "query": query} for name, query in queries.items()]
    return tree


def name(number: int) -> str:
    return f"shop:rule:n{number}"


def _rules_of(what: str, count: int = 1000) -> dict[str, str]:
    last = {
        "a chain": f"sum by (route) ({X})",
        "a chain backwards": f"sum by (route) ({X})",
        "a circle": f"{name(0)} * 2",
    }[what]
    chain = {name(number): f"{name(number + 1)} * 2" for number in range(count - 1)} | {name(count - 1): last}
    return dict(reversed(chain.items())) if what == "a chain backwards" else chain


def test_rules_that_need_each_other_by_the_thousand(tmp_path: Path) -> None:
    doubled = {name(number): f"{name(number + 1)} + {name(number + 1)}" for number in range(300)} | {name(300): X}
    fan = {name(number): f"{X} * {number}" for number in range(1000)}
    specs = {
        "chain": rules(_rules_of("a chain") | {"shop:all:x": f'{name(0)}{{status="x"}}'}),
        "backwards": rules(_rules_of("a chain backwards")),
        "circle": rules(_rules_of("a circle")),
        "doubled": rules(doubled),
        "fan in": rules(fan | {"shop:all:sum": " + ".join(list(fan)[:99])}),
        "fan out": rules({name(0): X} | {f"shop:of:n{number}": f"{name(0)} * 2" for number in range(1000)}),
        "one name": {
            **rules({}),
            "recording_rules": [{"name": "shop:one:x", "query": f"{X} * {n}"} for n in range(1000)],
        },
        "unions": rules({name(n): f"{name(n + 1)} or {name(n + 1)} * 2" for n in range(200)} | {name(200): X}),
    }
    found = checked_together(tmp_path, {what: json.dumps(tree) for what, tree in specs.items()})
    codes = {what: {item["code"] for item in items if item["severity"] == "error"} for what, items in found.items()}
    assert codes["circle"] == {"rule-cycle"}
    assert not codes["fan in"] | codes["fan out"] | codes["backwards"]


def test_what_a_chain_of_a_thousand_rules_lost_is_found_at_its_end(tmp_path: Path) -> None:
    chain = _rules_of("a chain") | {"shop:all:x": f'{name(0)}{{route="nowhere"}} > 0'}
    assert "value-outside-domain" in checked(tmp_path, json.dumps(rules(chain))).out
