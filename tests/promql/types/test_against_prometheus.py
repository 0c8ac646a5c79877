"""Types against the real engine: what it answers for drawn queries over drawn series lies within the type."""

from pathlib import Path
from random import Random

import pytest

from tests import verifiers
from tests.promql.types.observed import contradictions
from tests.promql.types.promtool import answers
from tests.promql.types.random_queries import Queries
from tests.promql.types.series import series_of
from tests.promql.types.shop import shop, type_of

RULES = [{"record": rule.name, "expr": rule.query.text, "labels": dict(rule.labels)} for rule in shop().recording_rules]


@pytest.fixture(scope="module")
def current_promtool() -> Path:
    path = verifiers.program("current", "promtool")
    return path if path is not None else pytest.skip("no current promtool")


@pytest.mark.parametrize("seed", range(4))
def test_what_prometheus_answers_lies_within_the_type(seed: int, current_promtool: Path, tmp_path: Path) -> None:
    random = Random(seed)
    drawn = Queries(random)
    queries = list(dict.fromkeys(drawn.vector(random.choice((1, 2, 3))) for _ in range(500)))
    series = list(series_of(shop(), random))
    found = answers(current_promtool, tmp_path, series, RULES, queries)
    wrong = {
        query: reasons
        for query, answer in zip(queries, found, strict=True)
        if not answer.error and (reasons := contradictions(type_of(query), answer.samples))
    }
    assert not wrong
    assert sum(bool(answer.samples) for answer in found) > len(queries) / 4
