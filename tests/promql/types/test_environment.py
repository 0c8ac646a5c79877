"""The environment that a spec gives: declared, built-in and recorded series."""

import pytest
from gaugewright.compile import compile_text
from gaugewright.model.build import build_model
from gaugewright.model.typing import environment_of
from gaugewright.promql.parse import parse
from gaugewright.promql.types import Environment, Type, infer
from gaugewright.promql.types.units import unit_text
from gaugewright.spec.read import read_spec
from gaugewright.spec.reader import read_yaml

from tests.fragments import BASE
from tests.promql.types.shop import environment, tree_of, type_of


def _environment(text: str) -> Environment:
    """Also of a spec with errors."""
    entries, _ = read_spec(read_yaml(text.encode(), "spec.yaml").document)
    model, _ = build_model(entries, "spec.yaml", "")
    return environment_of(model)


def _with_rules(*rules: str) -> Environment:
    return _environment(BASE + "recording_rules:\n" + "".join(f"  - {rule}\n" for rule in rules))


def _typed(query: str, env: Environment) -> Type:
    tree = parse(query).tree
    assert tree is not None
    return infer(tree, env)


def test_target_labels_are_on_every_scraped_series() -> None:
    for name, series in environment().series.items():
        if not series.recorded and not name.startswith("ALERTS"):
            assert {"job", "instance", "zone"} <= {n for n, label in series.branches[0].labels.items() if label.must}


def test_external_labels_are_known_and_on_no_local_series() -> None:
    assert environment().external_labels == {"replica"}
    assert type_of("orders_total").lacks("replica")


def test_a_long_chain_of_rules_is_followed_in_the_order_of_need() -> None:
    chain = [f'{{name: "a:b:{n}", query: "a:b:{n + 1} * 1", description: One of a chain}}' for n in range(2000)]
    env = _with_rules(*chain, '{name: "a:b:2000", query: sum(shop_requests_total), description: The last}')
    assert _typed("a:b:0", env).max_series == 1
    assert not _typed("a:b:0", env).labels


@pytest.mark.parametrize("query", ["a:b:c + 1", "a:b:d", "sum(a:b:c)"])
def test_rules_in_a_circle_are_unknown_and_end(query: str) -> None:
    rules = (
        f'{{name: "a:b:c", query: "{query}", description: Needs the other}}',
        '{name: "a:b:d", query: "a:b:c", description: Needs the first}',
    )
    found = _typed("a:b:d", _with_rules(*rules))
    assert found.emptiness == "maybe"


def test_two_rules_of_one_name_are_two_branches() -> None:
    rule = '{{name: "a:b:c", query: "sum by ({0}) (shop_requests_total)", labels: {{kind: {0}}}, description: Of two}}'
    found = _typed("a:b:c", _with_rules(rule.format("route"), rule.format("status")))
    assert set(found.labels) == {"route", "status", "kind"}
    assert found.max_series == 5
    assert found.labels["kind"].values == ("route", "status")
    assert found.labels["route"].presence == "maybe"


def test_a_share_of_a_recorded_series_is_certain_only_in_the_same_evaluation() -> None:
    ratio = 'sum by (way) (rate(orders_total{status="error"}[1m])) / way:orders:rate1m'
    assert type_of("way:errors:ratio1m").range == (0, 1)
    assert type_of(ratio).range == (0, None)  # the recorded value may be older than the rate


def test_a_metric_that_is_switched_off_or_not_initialized_may_be_missing() -> None:
    switched_off = _environment(
        BASE.replace("scrape_interval_seconds: 15", "scrape_interval_seconds: 15\n  enabled: false")
    )
    assert _typed("shop_queue_length", _environment(BASE)).while_scraped
    assert not _typed("shop_queue_length", switched_off).while_scraped
    assert not type_of("refunds_total").while_scraped


def test_the_units_of_what_a_histogram_exposes() -> None:
    assert [unit_text(type_of(f"wait_seconds_{part}").unit) for part in ("sum", "count", "bucket")] == [
        "seconds",
        "1",
        "1",
    ]


def test_a_selector_is_looked_at_once_for_all_queries() -> None:
    env = environment_of(_compiled())
    infer(tree_of("shop_requests_total{route=~'h.*'} + shop_requests_total{route=~'h.*'}"), env)
    assert len(env.selected) == 1


def _compiled():  # type: ignore[no-untyped-def]
    compilation = compile_text(BASE, "spec.yaml")
    assert compilation.model is not None
    return compilation.model


def test_the_cost_of_a_query_does_not_depend_on_other_metrics() -> None:
    class Counting(dict):  # type: ignore[type-arg]
        looked_up = 0

        def get(self, *arguments):  # type: ignore[no-untyped-def]
            Counting.looked_up += 1
            return super().get(*arguments)

        def __iter__(self):  # type: ignore[no-untyped-def]
            raise AssertionError("it went through all series")

    env = Environment(Counting(environment().series), 15.0, 15.0)
    infer(tree_of("sum by (way) (rate(orders_total[5m])) / way:orders:rate1m"), env)
    assert Counting.looked_up == 2
