"""Types against the real engine: what it answers for drawn queries over drawn series lies within the type.

GAUGEWRIGHT_DIFFERENTIAL asks for more queries than the usual run; `python -m tests.differential` for many more.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from gaugewright.checks.promql import rules, selectors
from gaugewright.promql.types import functions, intervals, matchers, set_operators
from gaugewright.promql.types.state import NEVER

from tests.differential.campaign import (
    Bench,
    Question,
    Tally,
    bench,
    drawn,
    question,
    question_with_variables,
    questions,
    run,
    smallest,
)
from tests.differential.data_sets import SAMPLES
from tests.differential.report import told
from tests.differential.subject import environment
from tests.differential.variables import Asked

SEED = 4
LOOKBACK = 20
"""Samples in the five minutes for which Prometheus takes a series' last one for its value."""
QUERIES = int(os.environ.get("GAUGEWRIGHT_DIFFERENTIAL", "4000"))
LINES = (Path(__file__).parent / "counterexamples.txt").read_text("utf-8").splitlines()

# The older generation lacks functions and flags of the newer, which are what types are about.
pytestmark = pytest.mark.parametrize("prometheus_server", ["current"], indirect=True, scope="module")


@pytest.fixture(scope="module")
def on(prometheus_server: Path) -> Iterator[Bench]:
    with bench(prometheus_server, SEED) as found:
        yield found


def _told(on: Bench, tally: Tally) -> str:
    return "\n\n".join(told(smallest(on, case)) for case in tally.cases[:5])


def test_what_prometheus_answers_lies_within_the_type(on: Bench) -> None:
    tally = run(on, questions(SEED, QUERIES), Tally())
    assert not tally.cases, _told(on, tally)
    # The queries are about something, and so are the claims.
    assert tally.with_result > tally.answers / 3
    assert tally.errors < tally.answers / 10
    claimed = (
        "value has a bound",
        "number of series has a bound",
        "all labels are known",
        "a label's values are known",
    )
    assert all(tally.claims[claim] > tally.queries / 4 for claim in claimed)
    assert all(
        tally.claims[claim] > tally.queries / 50 for claim in ("always has a result", "has a result while scraped")
    )


@pytest.mark.parametrize("query", [line for line in LINES if line and not line.startswith("#")])
def test_a_counterexample_stays_mended(query: str, on: Bench) -> None:
    asked = _asked(query)
    assert asked is not None
    assert not [told(case) for case in on.cases(asked)]


def _asked(line: str) -> Question | None:
    """`query`, or `query where $v0 = text, $v1 = text`: dashboard variables, and what they stand for."""
    query, where, told_ = line.partition(" where ")
    if not where:
        return question(query)
    stands = dict(part.removeprefix("$").split(" = ") for part in told_.split(", "))
    return question_with_variables(Asked(query, stands, dict.fromkeys(stands, "")))


def _break(module: object, name: str, wrong: Callable[..., object]) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda patch: patch.setattr(module, name, wrong)


def _break_rule(name: str, **changes: object) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda patch: patch.setitem(functions.RULES, name, functions.RULES[name]._replace(**changes))  # type: ignore[arg-type]


WRONG = {
    "rate keeps the name": _break_rule("rate", keeps_name=True),
    "rate wants one sample": _break_rule("rate", samples=1),
    "last_over_time drops the name": _break_rule("last_over_time", keeps_name=False, stage="derived"),
    "increase counts in whole numbers": _break_rule("increase", values=lambda value: intervals.COUNTS),
    "a quotient is a whole number": lambda patch: patch.setitem(intervals.ARITHMETIC, "/", intervals.modulo),
    "unless leaves nothing": _break(set_operators, "_unless", lambda branch, *_: branch._replace(exists=NEVER, most=0)),
    "no matcher takes a value": _break(selectors, "_takes_nothing", lambda matcher, branches: True),
    "set operators mind names": _break(rules, "_minds_names", lambda query, node: False),
    "regular expressions match everything": _break(matchers, "matches", lambda pattern, text: True),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_rule_is_found(wrong: str, on: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    WRONG[wrong](monkeypatch)
    environment().selected.clear()
    try:
        assert any(run(on, [question(query)], Tally()).cases for query in drawn(SEED, 1500))
    finally:
        environment().selected.clear()


def test_the_server_holds_what_was_drawn(on: Bench) -> None:
    for data_set in on.data_sets:
        samples = on.server.answer('{__name__=~".+"}', data_set.end).samples
        held = {tuple(sorted(sample.labels.items())): repr(sample.value) for sample in samples}
        last = {labels: max(points) for labels, points in data_set.series.items()}
        ends = {
            labels: data_set.series[labels][number]
            for labels, number in last.items()
            if number > SAMPLES - 1 - LOOKBACK
        }
        assert held == {labels: repr(float(value)) for labels, value in ends.items() if value is not None}


def test_a_case_is_told_with_all_that_it_takes_to_see_it(on: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    _break_rule("rate", keeps_name=True)(monkeypatch)
    tally = run(on, [question('sum(up) + 1 or sort(rate(orders_total{way="web"}[1m]))')], Tally())
    text = told(smallest(on, tally.cases[0]))
    assert "query     rate(up[1m])" in text
    assert "the name '' is not one of ['up']" in text
    assert all(f"\n{word} " in text for word in ("time", "claim", "inferred", "observed", "series"))
