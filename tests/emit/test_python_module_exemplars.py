"""Exemplars: in OpenMetrics alone, within its bounds, without secrets; a wrong one costs nothing but itself."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as openmetrics_latest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics

from tests.emit.python.modules import AWKWARD, EXAMPLE, imported, model_of, rejected, source_of, value

REQUESTS = "proxywhirl_requests_total"
DURATION = "proxywhirl_request_duration_seconds"
LABELS = {"pool": "us-east", "region": "us", "status": "success"}
TRACE = {"trace_id": "4bf92f3577b34da6a3ce929d0e0e4736"}


@pytest.fixture(scope="module")
def module() -> Iterator[ModuleType]:
    with imported(source_of(model_of(EXAMPLE))) as generated:
        yield generated


@pytest.fixture
def metrics(module: ModuleType) -> Any:
    return _quiet(module)


def _quiet(module: ModuleType) -> Any:
    """Without the metrics of the process, which differ from one scrape to the next."""
    return module.Metrics(module.MetricsConfig(enable_process_metrics=False))


def _exemplars(module: ModuleType, metrics: Any) -> dict[tuple[str, str], Any]:
    """By the sample's name and its label le, as a reader of OpenMetrics sees them."""
    text = module._exposition_text(metrics.registry, openmetrics=True, names=None).decode()
    assert text.encode() == _standard(metrics)
    read: Any = read_openmetrics
    return {
        (sample.name, sample.labels.get("le", "")): sample.exemplar
        for family in read(text)
        for sample in family.samples
        if sample.exemplar
    }


def _standard(metrics: Any) -> bytes:
    write: Any = openmetrics_latest
    return bytes(write(metrics.registry))


def test_a_counter_and_each_bucket_keep_the_last_exemplar(module: ModuleType, metrics: Any) -> None:
    metrics.requests_total.inc(2, {"trace_id": "first"}, **LABELS)
    metrics.requests_total.inc(3, exemplar=TRACE, **LABELS)
    metrics.requests_total.inc(**LABELS)
    metrics.request_duration_seconds.observe(0.3, exemplar={"trace_id": "fast"}, pool="us-east")
    metrics.request_duration_seconds.labels(pool="us-east").observe(100, {"trace_id": "slow", "span_id": "7"})
    found = _exemplars(module, metrics)
    assert {key: (one.labels, one.value) for key, one in found.items()} == {
        (REQUESTS, ""): (TRACE, 3),
        (f"{DURATION}_bucket", "0.5"): ({"trace_id": "fast"}, 0.3),
        (f"{DURATION}_bucket", "+Inf"): ({"trace_id": "slow", "span_id": "7"}, 100),
    }
    assert all(one.timestamp.sec > 1.6e9 for one in found.values())
    assert value(metrics, REQUESTS, **LABELS) == 6
    assert value(metrics, f"{DURATION}_count", pool="us-east") == 2


def test_the_text_format_has_none(module: ModuleType, metrics: Any) -> None:
    metrics.requests_total.labels(**LABELS).inc(1, TRACE)
    text = module._exposition_text(metrics.registry, openmetrics=False, names=None)
    assert TRACE["trace_id"].encode() not in text
    assert text == generate_latest(metrics.registry)


def test_a_summary_keeps_none_and_a_gauge_takes_none() -> None:
    with imported(source_of(model_of(AWKWARD))) as module:
        metrics = _quiet(module)
        metrics.waits_seconds.labels(class_="first").observe(2, TRACE)
        assert _exemplars(module, metrics) == {}
        assert value(metrics, "awkward_waits_seconds_count", **{"class": "first"}) == 1
        with pytest.raises(TypeError):
            metrics.serve_.set(1, exemplar=TRACE)


@pytest.mark.parametrize(
    "wrong",
    [
        {"trace_id": "x" * 128},
        {"a" * 60: "x" * 60, "b": "12345678"},
        {"no-name": "x"},
        {"__name__": "x"},
        {"": "x"},
        {7: "x"},
        {"trace_id": 7},
        {"trace_id": None},
        {"trace_id": "\ud800"},
        {"trace_id": "nul\0"},
        "trace_id",
        7,
        ["trace_id"],
    ],
    ids=lambda wrong: str(wrong)[:20].encode("ascii", "replace").decode(),
)
def test_a_wrong_exemplar_is_left_out_and_its_amount_counts(module: ModuleType, metrics: Any, wrong: Any) -> None:
    metrics.requests_total.inc(5, wrong, **LABELS)
    assert value(metrics, REQUESTS, **LABELS) == 5
    assert rejected(metrics, REQUESTS, "invalid_value") == 1
    assert _exemplars(module, metrics) == {}


@pytest.mark.parametrize("secret", ["10.0.0.1", "user:password@host", "Bearer abcdefghij", "someone@example.com"])
def test_a_secret_in_an_exemplar_is_redacted(module: ModuleType, metrics: Any, secret: str) -> None:
    metrics.requests_total.inc(exemplar={"client": secret, **TRACE}, **LABELS)
    (found,) = _exemplars(module, metrics).values()
    assert found.labels == {"client": "__redacted__", **TRACE}
    assert rejected(metrics, REQUESTS, "redacted") == 1


NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,10}", fullmatch=True)
ANYTHING = st.one_of(
    st.dictionaries(NAMES, st.text(max_size=40), max_size=4),
    st.dictionaries(st.text(max_size=5), st.one_of(st.text(), st.integers()), max_size=3),
    st.text(),
    st.lists(st.text(), max_size=2),
)


@given(st.lists(ANYTHING, max_size=4), st.floats(allow_nan=False, allow_infinity=False, min_value=0, max_value=1e270))
def test_no_exemplar_raises_and_each_that_is_shown_fits(module: ModuleType, given: list[Any], amount: float) -> None:
    metrics = _quiet(module)
    for exemplar in given:
        metrics.requests_total.inc(amount, exemplar, **LABELS)
        metrics.request_duration_seconds.observe(amount, exemplar, pool="us-east")
    written = module._exposition_text(metrics.registry, openmetrics=True, names=None)
    assert written == _standard(metrics)
    # Not read back: prometheus_client's reader fails at escaped quotes and braces in an exemplar.
    collected = (sample.exemplar for family in metrics.registry.collect() for sample in family.samples)
    for shown in filter(None, collected):
        assert sum(len(name) + len(text) for name, text in shown.labels.items()) <= 128
    assert value(metrics, f"{DURATION}_count", pool="us-east") == len(given)
