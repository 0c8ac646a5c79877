"""What the generated module counts: exactly, under any label value and amount, and never with an exception."""

from __future__ import annotations

import math
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from enum import StrEnum
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import generate_latest

from tests.emit.python.modules import AWKWARD, EXAMPLE, imported, model_of, rejected, source_of, value

REQUESTS = "proxywhirl_requests_total"
FETCHED = "proxywhirl_fetched_proxies_total"
DURATION = "proxywhirl_request_duration_seconds"
LABELS = {"pool": "us-east", "region": "us", "status": "success"}


@pytest.fixture(scope="module")
def module() -> Iterator[ModuleType]:
    with imported(source_of(model_of(EXAMPLE))) as generated:
        yield generated


@pytest.fixture
def metrics(module: ModuleType) -> Any:
    return module.Metrics()


@pytest.fixture
def restless() -> Iterator[None]:
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_every_kind_counts_what_it_is_told(metrics: Any) -> None:
    metrics.requests_total.inc(**LABELS)
    metrics.requests_total.labels(**LABELS).inc(2.5)
    metrics.request_duration_seconds.observe(0.5, pool="us-east")
    metrics.request_duration_seconds.labels(pool="us-east").observe(7)
    metrics.pool_size.set(12, pool="us-east")
    metrics.pool_size.inc(pool="us-east")
    metrics.pool_size.labels(pool="us-east").dec(3)
    assert value(metrics, REQUESTS, **LABELS) == 3.5
    assert value(metrics, "proxywhirl_pool_size", pool="us-east") == 10
    assert value(metrics, f"{DURATION}_sum", pool="us-east") == 7.5
    assert value(metrics, f"{DURATION}_count", pool="us-east") == 2
    buckets = {le: value(metrics, f"{DURATION}_bucket", pool="us-east", le=le) for le in ("0.1", "0.5", "+Inf")}
    assert buckets == {"0.1": 0, "0.5": 1, "+Inf": 2}


def test_summaries_metrics_without_labels_and_renamed_labels_count() -> None:
    with imported(source_of(model_of(AWKWARD))) as module:
        metrics = module.Metrics()
        metrics.waits_seconds.observe(2, class_="first")
        metrics.ticks_total.inc()
        metrics.serve_.set_to_current_time()
        metrics.things_total.inc(3, class_="first", amount_="few", self_="it's", pending_="here")
        things = {"class": "first", "amount": "few", "self": "it's", "pending": "here"}
        assert value(metrics, "awkward_waits_seconds_sum", **{"class": "first"}) == 2
        assert value(metrics, "awkward_waits_seconds_count", **{"class": "first"}) == 1
        assert value(metrics, "awkward_ticks_total") == 1
        assert (value(metrics, "awkward_serve") or 0) > 1e9
        assert value(metrics, "awkward_things_total", **things) == 3


def test_series_of_closed_domains_are_there_from_the_start_at_0(metrics: Any) -> None:
    assert value(metrics, REQUESTS, **LABELS) == 0
    assert value(metrics, f"{DURATION}_bucket", pool="ap-south", le="+Inf") == 0
    assert value(metrics, "proxywhirl_maintenance_mode") == 0


def test_without_initialize_a_series_begins_with_its_first_call() -> None:
    with imported(source_of(model_of(AWKWARD))) as module:
        metrics = module.Metrics()
        assert value(metrics, "awkward_class", **{"class": "first"}) is None
        metrics.class_.set(0, class_="first")
        assert value(metrics, "awkward_class", **{"class": "first"}) == 0


@pytest.mark.usefixtures("restless")
def test_counts_of_8_threads_are_exact_while_others_scrape(metrics: Any) -> None:
    calls, threads, done = 20_000, 8, threading.Event()
    seen: list[list[float]] = [[], []]

    def count(index: int) -> None:
        bound = metrics.pool_healthy.labels(pool="eu-central")
        for _ in range(calls):
            metrics.requests_total.inc(**LABELS)
            metrics.request_duration_seconds.observe(0.2, pool="us-west")
            metrics.fetched_proxies_total.inc(source=f"source {index % 3}")
            bound.inc()

    def scrape(readings: list[float]) -> None:
        while not done.is_set():
            readings.append(value(metrics, REQUESTS, **LABELS) or 0)

    scrapers = [threading.Thread(target=scrape, args=(readings,)) for readings in seen]
    workers = [threading.Thread(target=count, args=(index,)) for index in range(threads)]
    for thread in scrapers + workers:
        thread.start()
    for thread in workers:
        thread.join()
    done.set()
    for thread in scrapers:
        thread.join()
    assert value(metrics, REQUESTS, **LABELS) == calls * threads
    assert value(metrics, f"{DURATION}_count", pool="us-west") == calls * threads
    assert value(metrics, "proxywhirl_pool_healthy", pool="eu-central") == calls * threads
    fetched = [value(metrics, FETCHED, source=f"source {index}") for index in range(3)]
    assert fetched == [3 * calls, 3 * calls, 2 * calls]
    assert all(readings == sorted(readings) for readings in seen)  # to Prometheus, a smaller one is a restart


@contextmanager
def _during_adding_up(family: Any, other: Callable[[], None]) -> Iterator[None]:
    """Lets something else happen whenever the family adds up a cell: another thread, or a signal handler."""
    added = family._added

    def interrupted(numbers: Any, waiting: Any) -> Any:
        other()
        return added(numbers, waiting)

    family._added = interrupted
    yield
    del family._added


def test_what_comes_while_a_cell_is_added_up_counts_once(metrics: Any) -> None:
    calls, interruptions = 1000, []

    def count() -> None:
        interruptions.append(1)
        metrics.requests_total.inc(**LABELS)

    with _during_adding_up(metrics.requests_total, count):
        for _ in range(calls):
            metrics.requests_total.inc(**LABELS)
        value(metrics, REQUESTS, **LABELS)
    assert len(interruptions) > 1
    assert value(metrics, REQUESTS, **LABELS) == calls + len(interruptions)


def test_a_scrape_within_adding_up_counts_nothing_twice(metrics: Any) -> None:
    calls = 1000

    def scrape_as_a_signal_handler_would() -> None:
        value(metrics, REQUESTS, **LABELS)

    families = metrics.requests_total, metrics.request_duration_seconds
    first, second = (_during_adding_up(family, scrape_as_a_signal_handler_would) for family in families)
    with first, second:
        for _ in range(calls):
            metrics.requests_total.inc(**LABELS)
            metrics.request_duration_seconds.observe(0.25, pool="us-east")
    assert value(metrics, REQUESTS, **LABELS) == calls
    assert value(metrics, f"{DURATION}_count", pool="us-east") == calls
    assert value(metrics, f"{DURATION}_sum", pool="us-east") == calls / 4


def test_what_was_set_last_holds_whatever_was_added_before(metrics: Any) -> None:
    for change in range(1000):
        metrics.pool_size.inc(5, pool="us-east")
        metrics.pool_size.set(change, pool="us-east")
    metrics.pool_size.inc(0.5, pool="us-east")
    assert value(metrics, "proxywhirl_pool_size", pool="us-east") == 999.5


def test_what_waits_to_be_added_up_is_bounded_without_any_scrape(module: ModuleType, metrics: Any) -> None:
    bound = metrics.request_duration_seconds.labels(pool="us-west")
    for number in range(10_000):
        metrics.requests_total.inc(number, **LABELS)
        metrics.requests_total.inc(pool="nowhere", region="us", status="error")
        metrics.pool_size.set(number, pool="us-east")
        bound.observe(number)
    waiting = [
        len(series.cell) for family in metrics._shared.families for series in family._series.values() if series.cell
    ]
    assert waiting
    assert max(waiting) <= module._FULL


def test_threads_leave_nothing_behind_but_their_counts(metrics: Any) -> None:
    def count() -> None:
        metrics.requests_total.inc(**LABELS)

    count()
    before = {name: len(vars(metrics.requests_total)[name]) for name in ("_series", "_as_given", "_tree")}
    for _ in range(300):
        thread = threading.Thread(target=count)
        thread.start()
        thread.join()
    assert {name: len(vars(metrics.requests_total)[name]) for name in before} == before
    assert value(metrics, REQUESTS, **LABELS) == 301


@pytest.mark.parametrize(
    "bad", ["moon", "", "us-east ", "__invalid__", 7, None, True, b"us-east", ["us-east"], {}, object(), math.nan]
)
def test_a_value_outside_a_closed_domain_counts_as_invalid(metrics: Any, bad: object) -> None:
    metrics.requests_total.inc(2, pool=bad, region="us", status="success")
    metrics.requests_total.labels(pool=bad, region="us", status="success").inc()
    assert value(metrics, REQUESTS, pool="__invalid__", region="us", status="success") == 3
    assert rejected(metrics, REQUESTS, "invalid_value") == 2


def test_a_str_enum_counts_as_its_value(metrics: Any) -> None:
    class Pool(StrEnum):
        EAST = "us-east"

    metrics.pool_size.set(4, pool=Pool.EAST)
    metrics.fetched_proxies_total.inc(source=Pool.EAST)
    assert value(metrics, "proxywhirl_pool_size", pool="us-east") == 4
    assert value(metrics, FETCHED, source="us-east") == 1


def test_a_member_of_an_enumeration_is_looked_at_once(metrics: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Pool(StrEnum):
        EAST = "us-east"

    metrics.pool_size.inc(pool=Pool.EAST)
    monkeypatch.delattr(metrics.pool_size._shared, "lock")
    monkeypatch.setattr(metrics.pool_size, "_keep", None)
    for _ in range(100):
        metrics.pool_size.inc(pool=Pool.EAST)
    monkeypatch.undo()
    assert value(metrics, "proxywhirl_pool_size", pool="us-east") == 101


def test_an_open_domain_takes_its_bound_and_no_more(metrics: Any) -> None:
    for _ in range(2):
        for index in range(50):
            metrics.fetched_proxies_total.inc(source=f"s{index}")
    assert value(metrics, FETCHED, source="s39") == 2
    assert value(metrics, FETCHED, source="s40") is None
    assert value(metrics, FETCHED, source="__overflow__") == 20
    assert rejected(metrics, FETCHED, "overflow") == 20


@pytest.mark.parametrize(
    "secret",
    [
        "10.0.0.1",
        "10.0.0.1:8080",
        "http://192.168.1.17/list",
        "proxy at 203.0.113.9.",
        "ip-10-0-0-1.internal",
        "2001:db8::1",
        "[2001:db8::1]:3128",
        "http://[fe80::1%25eth0]/",
        "::1",
        "::ffff:10.0.0.1",
        "2001:db8:0:0:0:0:0:1",
        "00:1a:2b:3c:4d:5e",
        "http://user:password@proxy.example.com",
        "https://token@example.com/x",
        "http%3A%2F%2Fuser%3Apassword%40proxy.example.com",
        "user:password@proxy.example.com",
        "someone@example.com",
        "Bearer abcdefghij",
        "bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0",
        "Basic dXNlcjpwYXNz",
        "password=hunter2",
        'api_key: "0123"',
        "AKIAIOSFODNN7EXAMPLE",
        "ghp_0123456789abcdefghijABCDEFGHIJ012345",
        "glpat-0123456789abcdefghij",
        "xoxb-012345678901-abcdefghij",
        "sk_live_0123456789abcdef",
        "-----BEGIN RSA PRIVATE KEY-----",
    ],
)
def test_what_looks_like_an_address_or_a_credential_is_never_shown(metrics: Any, secret: str) -> None:
    metrics.fetched_proxies_total.inc(source=secret)
    assert value(metrics, FETCHED, source="__redacted__") == 1
    assert rejected(metrics, FETCHED, "redacted") == 1
    assert secret.encode() not in generate_latest(metrics.registry)


@pytest.mark.parametrize(
    "plain",
    [
        "free-proxy-list",
        "v1.2.3",
        "1.2.3",
        "10.20.30",
        "300.400.500.600",
        "std::vector",
        "12:30:45",
        "proxy-list.download",
        "https://example.com/list.txt",
        "/api/v1/proxies/:id",
        "GET /users/{id}",
        "tokens",
        "password-reset",
        "Bearer token",
        "basic authentication",
        "round_robin",
        "us-east-1a",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "550e8400-e29b-41d4-a716-446655440000",
        "react@18.2.0",
        "Straße, 東京",
        'with "quotes", \\ and\nlines',
        "a=b;c=d",
        "sketch_of_something",
    ],
)
def test_an_honest_value_is_kept(metrics: Any, plain: str) -> None:
    metrics.fetched_proxies_total.inc(source=plain)
    assert value(metrics, FETCHED, source=plain) == 1


@pytest.mark.parametrize("bad", ["", 7, None, ["x"], "\ud800", "nul\0", "x" * 5000, "__overflow__", b"bytes"])
def test_what_no_label_can_hold_counts_as_invalid(metrics: Any, bad: object) -> None:
    metrics.fetched_proxies_total.inc(source=bad)
    assert value(metrics, FETCHED, source="__invalid__") == 1
    assert rejected(metrics, FETCHED, "invalid_value") == 1
    generate_latest(metrics.registry)


STRANGE = [math.nan, math.inf, -math.inf, "1", None, [], Decimal("1"), 1j, 10**400, object()]
CALLS: dict[str, Callable[[Any, Any], None]] = {
    REQUESTS: lambda metrics, amount: metrics.requests_total.inc(amount, **LABELS),
    DURATION: lambda metrics, amount: metrics.request_duration_seconds.observe(amount, pool="us-east"),
    "proxywhirl_pool_size": lambda metrics, amount: metrics.pool_size.set(amount, pool="us-east"),
    "proxywhirl_pool_healthy": lambda metrics, amount: metrics.pool_healthy.dec(amount, pool="us-east"),
    "proxywhirl_circuit_breakers": lambda metrics, amount: metrics.circuit_breakers.labels(
        pool="us-east", state="open"
    ).inc(amount),
}


@pytest.mark.parametrize("amount", STRANGE, ids=lambda amount: type(amount).__name__)
@pytest.mark.parametrize("name", CALLS)
def test_an_amount_that_is_no_finite_number_counts_as_rejected_only(metrics: Any, name: str, amount: Any) -> None:
    before = generate_latest(metrics.registry.restricted_registry(_series(name)))
    CALLS[name](metrics, amount)
    if amount != Decimal("1") or rejected(metrics, name, "invalid_amount"):  # a gauge can be set to a Decimal
        assert generate_latest(metrics.registry.restricted_registry(_series(name))) == before
        assert rejected(metrics, name, "invalid_amount") == 1


def _series(name: str) -> list[str]:
    return [name, f"{name}_bucket", f"{name}_sum", f"{name}_count"]


@pytest.mark.parametrize("amount", [-1, -0.5, -math.inf])
def test_a_counter_never_goes_down(metrics: Any, amount: float) -> None:
    metrics.requests_total.inc(5, **LABELS)
    metrics.requests_total.inc(amount, **LABELS)
    metrics.requests_total.labels(**LABELS).inc(amount)
    assert value(metrics, REQUESTS, **LABELS) == 5
    assert rejected(metrics, REQUESTS, "invalid_amount") == 2


ANYTHING = st.one_of(
    st.text(), st.none(), st.integers(), st.floats(), st.binary(), st.lists(st.text(), max_size=1), st.booleans()
)


@given(ANYTHING, ANYTHING, ANYTHING)
def test_nothing_that_is_passed_raises_or_corrupts(module: ModuleType, amount: Any, pool: Any, source: Any) -> None:
    metrics = module.Metrics()
    metrics.requests_total.inc(amount, pool=pool, region="us", status="error")
    metrics.pool_size.set(amount, pool=pool)
    metrics.pool_size.inc(amount, pool=pool)
    metrics.request_duration_seconds.observe(amount, pool=pool)
    metrics.fetched_proxies_total.labels(source=source).inc(amount)
    for family in metrics.registry.collect():
        assert all(math.isfinite(sample.value) for sample in family.samples)
    generate_latest(metrics.registry)


def test_the_configured_limit_bounds_the_combinations_of_open_labels(module: ModuleType) -> None:
    metrics = module.Metrics(module.MetricsConfig(label_cardinality_limit=100))
    closed = sum(1 for (name, _) in _all(metrics) if name.startswith("proxywhirl_") and "bucket" not in name)
    assert closed > 100  # closed domains were proven, and stay
    metrics.fetched_proxies_total.inc(source="one more")
    assert value(metrics, FETCHED, source="__overflow__") == 1


def _all(metrics: Any) -> list[tuple[str, Any]]:
    return [(sample.name, sample.labels) for family in metrics.registry.collect() for sample in family.samples]


async def _sleeping() -> str:
    return "done"


def test_time_observes_blocks_functions_and_coroutines(metrics: Any) -> None:
    import asyncio

    timer = metrics.request_duration_seconds.time(pool="us-east")
    with timer:
        pass
    assert timer(lambda: "result")() == "result"
    assert asyncio.run(metrics.request_duration_seconds.labels(pool="us-east").time()(_sleeping)()) == "done"
    with pytest.raises(ZeroDivisionError), metrics.request_duration_seconds.time(pool="us-east"):
        _ = 1 / 0
    assert value(metrics, f"{DURATION}_count", pool="us-east") == 4


def test_only_metrics_of_seconds_are_timed(metrics: Any) -> None:
    assert not hasattr(metrics.response_size_bytes, "time")
    assert not hasattr(metrics.response_size_bytes.labels(pool="us-east"), "time")
