"""The drawn queries and series are what the proof needs: repeatable, of every kind, and true to the spec."""

from random import Random

from gaugewright.promql.functions import AGGREGATIONS, FUNCTIONS
from gaugewright.promql.syntax import Aggregate, BinaryExpr, Call, walk

from tests.differential.campaign import KINDS, drawn
from tests.differential.data_sets import data_set
from tests.differential.shrink import shrunk
from tests.differential.subject import model, tree_of

OPERATORS = {"+", "-", "*", "/", "%", "^", "atan2", "==", "!=", ">", "<", ">=", "<=", "and", "or", "unless"}


def test_the_same_seed_draws_the_same_queries() -> None:
    assert drawn(3, 200) == drawn(3, 200) != drawn(4, 200)


def test_nearly_all_queries_are_promql_and_every_function_and_operator_is_drawn() -> None:
    queries = drawn(1, 6000)
    trees = [tree for query in queries if (tree := tree_of(query)) is not None]
    assert len(trees) > 0.93 * len(queries)
    nodes = [node for tree in trees for node in walk(tree)]
    functions = {node.function.text for node in nodes if isinstance(node, Call)}
    assert functions == set(FUNCTIONS)
    assert {node.op.text for node in nodes if isinstance(node, Aggregate)} == set(AGGREGATIONS)
    operators = [node for node in nodes if isinstance(node, BinaryExpr)]
    assert {node.op.text for node in operators} == OPERATORS
    modifiers = {word.keyword.text for node in operators for word in (node.matching, node.group) if word is not None}
    assert modifiers == {"on", "ignoring", "group_left", "group_right"}


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
