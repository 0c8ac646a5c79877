"""What the generated module exposes is what the model says, and what Prometheus's own readers accept."""

from __future__ import annotations

import math
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from gaugewright.emit.python_names import parameter
from gaugewright.model.exposition import bucket_domain
from gaugewright.model.metrics import LabelDomain
from gaugewright.model.model import Model
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, Metric, generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as openmetrics_latest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text
from prometheus_client.utils import floatToGoString

from tests.emit.python.modules import AWKWARD, EXAMPLE, imported, model_of, source_of

EVERYTHING = Path(__file__).with_name("everything.yaml")


@pytest.fixture(scope="module", params=[EXAMPLE, AWKWARD, EVERYTHING], ids=lambda path: path.stem)
def generated(request: pytest.FixtureRequest) -> Iterator[tuple[Model, ModuleType]]:
    model = model_of(request.param)
    with imported(source_of(model)) as module:
        yield model, module


@pytest.fixture(scope="module")
def awkward() -> Iterator[ModuleType]:
    with imported(source_of(model_of(AWKWARD))) as module:
        yield module


@pytest.fixture(scope="module")
def example() -> Iterator[ModuleType]:
    with imported(source_of(model_of(EXAMPLE))) as module:
        yield module


def _all_on(module: ModuleType) -> Any:
    return module.MetricsConfig(enable_request_metrics=True, enable_pool_metrics=True, enable_process_metrics=True)


def _call_everything(metrics: Any, model: Model) -> None:
    for metric in model.metrics:
        names = [label.name for label in metric.labels]
        labels = {parameter(label.name, names): _some(label) for label in metric.labels}
        family = getattr(metrics, metric.attribute)
        if metric.metric_type in ("counter", "gauge"):
            family.inc(**labels)
        else:
            family.observe(0.3, **labels)


def _some(label: LabelDomain) -> str:
    return label.values[0] if label.values else "anything"


def test_a_scrape_has_the_models_series_with_the_models_labels(generated: tuple[Model, ModuleType]) -> None:
    model, module = generated
    metrics = module.Metrics(_all_on(module))
    _call_everything(metrics, model)
    seen: dict[str, set[frozenset[str]]] = {}
    for family in read_text(generate_latest(metrics.registry).decode()):
        for sample in family.samples:
            seen.setdefault(sample.name, set()).add(frozenset(sample.labels))
    declared = {series.name: series for metric in model.metrics for series in metric.series}
    declared |= {n: s for n, s in model.series.items() if s.origin == "module" and n != model.rejected_counter}
    assert {name: {frozenset(series.label_names)} for name, series in declared.items()} == {
        name: labels for name, labels in seen.items() if not name.startswith(("process_", "python_"))
    }
    collectors = {name for name, series in model.series.items() if series.origin == "process"}
    assert {name for name in seen if name.startswith(("process_", "python_"))} == collectors


def test_the_buckets_are_named_as_in_the_model(generated: tuple[Model, ModuleType]) -> None:
    model, module = generated
    metrics = module.Metrics(_all_on(module))
    _call_everything(metrics, model)
    bounds: dict[str, list[str]] = {}
    for family in metrics.registry.collect():
        for sample in family.samples:
            if "le" in sample.labels:
                bounds.setdefault(sample.name, []).append(sample.labels["le"])
    for metric in model.metrics:
        for series in metric.series:
            if series.role == "bucket":
                (le,) = (label for label in series.labels if label.name == "le")
                assert tuple(dict.fromkeys(bounds[series.name])) == le.values


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_bound_is_written_as_the_model_and_as_prometheus_client_write_it(example: ModuleType, bound: float) -> None:
    written = example._bound_text(bound)
    assert written == (bucket_domain((bound,)).values or ())[0]
    if 1e-4 <= bound < 1e15:
        registry = CollectorRegistry()
        Histogram("h", "A histogram", registry=registry, buckets=[bound]).observe(1)
        assert f'h_bucket{{le="{written}"}}' in generate_latest(registry).decode()


def test_both_formats_parse_and_say_the_same(generated: tuple[Model, ModuleType]) -> None:
    model, module = generated
    metrics = module.Metrics(_all_on(module))
    _call_everything(metrics, model)
    text = _numbers(read_text(generate_latest(metrics.registry).decode()))
    write: Any = openmetrics_latest
    read: Any = read_openmetrics
    other = _numbers(read(write(metrics.registry).decode()))
    assert text == other
    assert not any("_created" in name for name, _ in text)


FINITE = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e279, max_value=1e279),
    st.integers(-(10**30), 10**30),
    st.sampled_from([-0.0, 0, 999_999.5, 1e6, 1234567.125, 1e15, 1e16, 1.5e16, 10**22, 5e-324, 1e-5, 0.1 + 0.2]),
)
LABEL_TEXT = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12),
    st.text(st.sampled_from('\\"\n{},=%s\t\r\x85\u2028 #'), min_size=1, max_size=8),
)


class OfTheUser:
    """A collector that the service registered itself, of every type that the formats know."""

    def __init__(self, text: str, number: float) -> None:
        self._text = text
        self._number = number

    def collect(self) -> Iterator[Any]:
        for kind, suffix in [("counter", "_total"), ("gauge", ""), ("unknown", ""), ("info", "_info")]:
            family = Metric(f"user_{kind}", self._text, kind)
            family.add_sample(f"user_{kind}{suffix}", {"text": self._text}, self._number, timestamp=12.5)
            yield family


@settings(max_examples=60)
@given(
    st.lists(st.tuples(FINITE, st.sampled_from(["first", "second", "third"]), LABEL_TEXT), max_size=8),
    st.booleans(),
)
def test_the_bytes_are_those_of_prometheus_client(
    awkward: ModuleType, calls: list[tuple[Any, str, str]], shared: bool
) -> None:
    registry = CollectorRegistry(target_info={"version": "1"} if shared else None)
    metrics = awkward.Metrics(awkward.MetricsConfig(enable_process_metrics=False), registry)
    own = Histogram("user_histogram", "Of the user", ["text"], registry=registry)
    for number, word, text in calls:
        metrics.things_total.inc(abs(number), class_=word, amount_="few", self_="it's", pending_="here")
        metrics.waits_seconds.observe(number, class_=word)
        metrics.weight_grams.observe(number, len=word, source=text)
        metrics.class_.set(number, class_=word)
        metrics.serve_.inc(number)
        own.labels(text).observe(number)
        if shared:
            registry.register(OfTheUser(text, number))
            shared = False
    write: Any = openmetrics_latest
    assert awkward._exposition_text(registry, openmetrics=False, names=None) == generate_latest(registry)
    assert awkward._exposition_text(registry, openmetrics=True, names=None) == write(registry)
    names = ["awkward_class", "awkward_weight_grams_bucket", "user_histogram_sum", "target_info", "none"]
    restricted = registry.restricted_registry(names)
    some = awkward._exposition_text(registry, openmetrics=False, names=names)
    assert sorted(some.splitlines()) == sorted(generate_latest(restricted).splitlines())
    assert {line.split("{")[0] for line in some.decode().split("\n") if line and not line.startswith("#")} <= {
        *names,
        "awkward_class",
        "target_info",
    }


@given(FINITE)
def test_a_number_is_written_as_prometheus_client_writes_it(example: ModuleType, number: float) -> None:
    assert example._number_text(float(number)) == floatToGoString(number)


def test_a_switched_off_metric_and_one_without_series_say_what_prometheus_client_says(awkward: ModuleType) -> None:
    metrics = awkward.Metrics(awkward.MetricsConfig(enable_process_metrics=False))
    text = awkward._exposition_text(metrics.registry, openmetrics=False, names=None)
    assert text == generate_latest(metrics.registry)
    assert b"# TYPE awkward_weight_grams histogram\n# HELP" in text  # a name without any line
    metrics.reload(awkward.MetricsConfig(enabled=False))
    assert awkward._exposition_text(metrics.registry, openmetrics=False, names=None) == b""
    assert awkward._exposition_text(metrics.registry, openmetrics=True, names=None) == b"# EOF\n"


def _numbers(families: Any) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
        if not sample.name.startswith(("process_", "python_"))
    }


def test_promtool_has_nothing_to_say_about_it(promtool: Path) -> None:
    model = model_of(EXAMPLE)
    with imported(source_of(model)) as module:
        metrics = module.Metrics()
        _call_everything(metrics, model)
        metrics.requests_total.inc(pool="nowhere", region="us", status="error")
        text = generate_latest(metrics.registry)
    done = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True)
    assert (done.returncode, done.stderr, done.stdout) == (0, b"", b"")


def test_a_metric_info_tells_each_metric(generated: tuple[Model, ModuleType]) -> None:
    model, module = generated
    metrics = module.Metrics()
    for metric in model.metrics:
        info = metrics.info[metric.name]
        assert (info.name, info.description) == (metric.name, metric.description)
        assert info.metric_type == metric.metric_type
        assert list(info.labels) == [label.name for label in metric.labels]
        assert info.prometheus_metric is getattr(metrics, metric.attribute)
        assert info.created_at.utcoffset().total_seconds() == 0


def test_a_registry_can_be_shared_and_a_clash_leaves_it_as_it_was() -> None:
    with imported(source_of(model_of(EXAMPLE))) as module:
        registry = CollectorRegistry()
        Counter("other_total", "Of someone else", registry=registry).inc()
        metrics = module.Metrics(registry=registry)
        busy = CollectorRegistry()
        Gauge("proxywhirl_pool_size", "Of someone else", registry=busy)
        before = set(busy._names_to_collectors)
        with pytest.raises(ValueError, match="Duplicated"):
            module.Metrics(registry=busy)
        assert set(busy._names_to_collectors) == before
        metrics.cache_lookups_total.inc(outcome="hit")
        text = generate_latest(registry).decode()
    assert "other_total 1.0" in text
    assert 'proxywhirl_cache_lookups_total{outcome="hit"} 1.0' in text


def test_the_default_registry_with_its_own_process_metrics_can_be_used() -> None:
    with imported(source_of(model_of(EXAMPLE))) as module:
        metrics = module.Metrics(registry=REGISTRY)
        try:
            lines = generate_latest(REGISTRY).decode().splitlines()
        finally:
            for family in metrics._shared.families:
                REGISTRY.unregister(family)
    assert sum(line.startswith("process_cpu_seconds_total ") for line in lines) == 1


def _groups(metrics: Any) -> set[str]:
    return {family.name for family in metrics.registry.collect()}


def test_a_disabled_group_is_off_the_endpoint_and_counts_again_once_enabled() -> None:
    with imported(source_of(model_of(EXAMPLE))) as module:
        metrics = module.Metrics(module.MetricsConfig(enable_pool_metrics=False, enable_process_metrics=False))
        metrics.pool_size.set(5, pool="us-east")
        metrics.requests_total.inc(pool="us-east", region="us", status="success")
        groups = _groups(metrics)
        assert "proxywhirl_pool_size" not in groups
        assert "python_info" not in groups
        assert "proxywhirl_requests" in groups
        metrics.reload(module.MetricsConfig())
        assert {"proxywhirl_pool_size", "python_info"} <= _groups(metrics)
        (family,) = metrics.pool_size.collect()
        assert {sample.value for sample in family.samples} == {0.0}  # what came while it was off is not there
        (family,) = metrics.requests_total.collect()
        assert sum(sample.value for sample in family.samples) == 1  # what came before stays


def test_switched_off_it_exposes_nothing_at_all() -> None:
    with imported(source_of(model_of(EXAMPLE))) as module:
        metrics = module.Metrics(module.MetricsConfig(enabled=False))
        metrics.requests_total.inc(pool="bad", region="us", status="success")
        metrics.request_duration_seconds.observe(math.nan, pool="us-east")
        assert generate_latest(metrics.registry) == b""


def test_other_buckets_take_effect_where_the_histogram_has_none_of_its_own() -> None:
    with imported(source_of(model_of(EXAMPLE))) as module:
        metrics = module.Metrics(module.MetricsConfig(histogram_buckets=[1, 2]))
        metrics.request_duration_seconds.observe(1.5, pool="us-east")
        assert _bounds(metrics.request_duration_seconds) == ["1.0", "2.0", "+Inf"]
        assert len(_bounds(metrics.response_size_bytes)) == 6
        metrics.reload(module.MetricsConfig(histogram_buckets=[1, 2], exposition_path="/other"))
        assert _count(metrics.request_duration_seconds) == 1


def _bounds(histogram: Any) -> list[str]:
    (family,) = histogram.collect()
    return list(dict.fromkeys(sample.labels["le"] for sample in family.samples if "le" in sample.labels))


def _count(histogram: Any) -> float:
    (family,) = histogram.collect()
    return float(sum(sample.value for sample in family.samples if sample.name.endswith("_count")))


def test_the_maintenance_gauge_is_there_only_where_an_alert_is_muted_by_it() -> None:
    example, awkward = model_of(EXAMPLE), model_of(AWKWARD)
    assert example.maintenance_alerts
    assert not awkward.maintenance_alerts
    with imported(source_of(example)) as module:
        metrics = module.Metrics()
        metrics.maintenance_mode.set(1)
        assert "proxywhirl_maintenance_mode 1.0" in generate_latest(metrics.registry).decode()
    with imported(source_of(awkward)) as module:
        assert not hasattr(module.Metrics(), "maintenance_mode")
