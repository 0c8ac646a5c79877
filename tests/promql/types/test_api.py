"""What checks and commands ask of a type, and that inference takes any tree."""

from dataclasses import replace

from gaugewright.promql.parse import parse
from gaugewright.promql.syntax import walk
from gaugewright.promql.types import Environment, infer, types_of
from gaugewright.promql.types.state import NEVER
from gaugewright.promql.types.story import explain_steps
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.differential import subject
from tests.differential.queries import Queries
from tests.promql import queries
from tests.promql.types.shop import VARIABLES, environment, tree_of, type_of


def test_every_expression_of_a_tree_has_a_type() -> None:
    tree = tree_of('histogram_quantile(0.9, sum by (le) (rate(wait_seconds_bucket{way="web"}[5m]))) > (2 * 3)')
    found = types_of(tree, environment())
    assert {id(node) for node in walk(tree)} == set(found)
    assert found[id(tree)] == infer(tree, environment())


def test_a_type_answers_for_checks() -> None:
    found = type_of('orders_total{way="web"}')
    assert found.labels["way"].presence == "always"
    assert found.labels["way"].values == ("web",)
    assert found.lacks("tenant")
    assert not found.lacks("status")
    assert (found.name, found.keeps_name, found.is_histogram) == ("orders_total", True, False)
    assert (found.emptiness, found.while_scraped, found.max_series) == ("maybe", True, 6)
    assert type_of("nowhere").lacks("tenant") is False
    assert type_of("nowhere").is_histogram is None
    assert type_of("rate(orders_total[5m])").keeps_name is False


@given(st.randoms(use_true_random=False), st.integers(0, 4))
def test_a_longer_matcher_list_never_widens_the_type(random: object, depth: int) -> None:
    query = Queries(random).vector(depth)  # type: ignore[arg-type]
    assume(subject.tree_of(query) is not None)
    narrow, wide = subject.type_of(f"({query}) and on () orders_total{{way='web'}}"), subject.type_of(query)
    assert all(not wide.lacks(label) for label in narrow.labels)
    assert wide.max_series is None or (narrow.max_series or 0) <= wide.max_series


@given(st.randoms(use_true_random=False), st.integers(0, 4), st.data())
def test_knowing_less_of_the_series_never_excludes_more(random: object, depth: int, data: st.DataObject) -> None:
    tree = subject.tree_of(Queries(random).vector(depth))  # type: ignore[arg-type]
    assume(tree is not None)
    all_ = subject.environment()
    known = infer(tree, all_)
    hidden = data.draw(st.sets(st.sampled_from(sorted(all_.series))))
    series = {name: found for name, found in all_.series.items() if name not in hidden}
    less = infer(tree, replace(all_, series=series, complete=False, selected={}))
    if known.exists is not NEVER:
        assert less.exists is not NEVER
        assert [label for label in known.labels if less.lacks(label)] == []
        assert less.max_series is None or known.max_series is None or known.max_series <= less.max_series


@given(queries.vectors)
def test_any_query_has_a_type_without_a_spec(written: queries.Written) -> None:
    parsed = parse(written.text, variables=VARIABLES)
    assert parsed.tree is not None
    nothing_known = Environment({}, complete=False)
    found = infer(parsed.tree, nothing_known)
    assert found.branches
    assert explain_steps(parsed.tree, nothing_known)
    low, high = found.range
    assert low is None or high is None or low <= high
