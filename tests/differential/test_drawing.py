"""The drawn queries and series are what the proof needs: repeatable, of every kind, and true to the spec."""

from itertools import pairwise
from math import inf, isnan
from random import Random

from tests.differential.campaign import KINDS, drawn
from tests.differential.coverage import EVERY, constructs
from tests.differential.data_sets import data_set
from tests.differential.shrink import shrunk
from tests.differential.subject import model, tree_of
from tests.differential.variables import with_variables
from tests.promql.case_files import cases
from tests.promql.types import shop


def test_the_same_seed_draws_the_same_queries() -> None:
    assert drawn(3, 200) == drawn(3, 200) != drawn(4, 200)


def test_nearly_all_queries_are_promql_and_every_construct_is_drawn() -> None:
    queries = drawn(1, 6000)
    trees = [tree for query in queries if (tree := tree_of(query)) is not None]
    assert len(trees) > 0.93 * len(queries)
    assert set().union(*(constructs(tree) for tree in trees)) >= EVERY


def test_queries_with_variables_are_sent_as_they_were_drawn() -> None:
    random = Random(1)
    asked = [(query, with_variables(query, random)) for query in drawn(1, 1000)]
    assert all(found.sent(found.written) == query for query, found in asked)
    written = [found for _, found in asked if found.stands]
    assert len(written) > 900
    assert sum(found.tree is not None for found in written) > 0.8 * len(written)


def test_data_sets_hold_what_is_hard() -> None:
    """Not-a-number and infinities, ends marked as stale, gaps, restarts of counters."""
    series = {}
    for kind in KINDS:
        series |= data_set(model(), Random(kind), 0, kind).series
    values = [value for points in series.values() for value in points.values() if value is not None]
    assert any(isnan(value) for value in values)
    assert {inf, -inf} <= set(values)
    assert any(value is None for points in series.values() for value in points.values())
    assert any(max(points) - min(points) >= len(points) for points in series.values())
    counters = [points for labels, points in series.items() if dict(labels)["__name__"] == "orders_total"]
    samples = [[value for _, value in sorted(points.items()) if value is not None] for points in counters]
    assert any(after < before for one in samples for before, after in pairwise(one))


def test_data_sets_satisfy_the_spec() -> None:
    known = model().series
    for kind in KINDS:
        for labels, points in data_set(model(), Random(kind), 0, kind).series.items():
            own = dict(labels)
            series = known[own.pop("__name__")]
            if not series.labels_known:
                continue
            domains = {label.name: label for label in (*series.labels, *model().target_labels.values())}
            assert set(own) == set(domains)
            strange = {
                name: own[name] for name, domain in domains.items() if domain.values and own[name] not in domain.values
            }
            assert not strange or (kind == "guarded" and set(strange.values()) == {"__invalid__"})
            values = [value for value in points.values() if value is not None]
            if series.role in ("counter", "bucket", "count"):
                assert all(value >= 0 for value in values)


def test_a_query_is_made_as_small_as_what_it_shows_allows() -> None:
    query = (
        'sum by (way) (rate(orders_total{way="web", status=~"o.*"}[5m] offset 1m)) / on (way) group_left () (1 * up)'
    )
    assert shrunk(query, lambda text: "rate(orders_total" in text) == "rate(orders_total[5m])"
    assert shrunk(query, lambda text: 'way="web"' in text) == 'orders_total{way="web"}'
    assert shrunk(query, lambda text: "group_left" in text) == "up / on () group_left () up"


def test_each_construct_that_is_drawn_has_a_written_case() -> None:
    """What series there are is each spec's own."""
    trees = [shop.tree_of(case.query) for case in cases("types/cases.txt")]
    written = set().union(*(constructs(tree) for tree in trees))
    assert {construct for construct in EVERY - written if not construct.startswith("series: ")} == set()
