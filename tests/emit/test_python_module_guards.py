"""What nobody may bring about: more series than the spec's bound, a secret on the endpoint, a number that is none."""

from __future__ import annotations

import base64
import json
import math
import random
import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from math import prod
from types import ModuleType
from typing import Any
from unittest.mock import ANY, MagicMock
from urllib.parse import quote

import numpy
import pytest
from gaugewright.model.metrics import LabelDomain
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.emit.python.modules import AWKWARD, EXAMPLE, imported, model_of, rejected, samples, source_of, value

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


class Raising:
    """Whatever it is asked, it raises."""

    def _raise(self, *_: object) -> Any:
        raise RuntimeError("hostile")

    __hash__ = __eq__ = __lt__ = __le__ = __gt__ = __ge__ = __float__ = __index__ = __str__ = __bool__ = _raise
    __add__ = __radd__ = __neg__ = __repr__ = __len__ = __getattr__ = _raise


class Lying:
    """It says that it is a float, smaller and larger than all, and that adding it gives what corrupts."""

    __class__ = float  # type: ignore[assignment]

    def _agree(self, *_: object) -> bool:
        return True

    def _corrupt(self, *_: object) -> float:
        return math.nan

    __lt__ = __le__ = __gt__ = __ge__ = __eq__ = _agree  # type: ignore[assignment]
    __add__ = __radd__ = __float__ = __neg__ = _corrupt

    def __hash__(self) -> int:
        return hash("us-east")


class RaisingText(str):
    def __hash__(self) -> int:
        raise RuntimeError("hostile")

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("hostile")

    def __str__(self) -> str:
        raise RuntimeError("hostile")


class CorruptingFloat(float):
    def __radd__(self, other: float) -> float:
        return math.inf

    def __float__(self) -> float:
        return math.nan

    def __lt__(self, other: float) -> bool:
        return True

    __le__ = __gt__ = __ge__ = __lt__


class BigText(str):
    def __len__(self) -> int:
        raise RuntimeError("hostile")


NO_TEXT = [None, 7, 1.5, True, math.nan, b"us-east", (), [], {}, object(), Raising(), Lying(), MagicMock(), ANY]
TEXT = ["", "x" * 5000, "\ud800", "nul\0", "__invalid__", "__overflow__", "__redacted__", "10.0.0.1", "a@b.example"]
TEXT += ["us-east", "us", "success", RaisingText("us-east"), BigText("eu")]


class Flood:
    """Calls of every kind with hostile label values, from 8 threads; how many of each metric were valid amounts."""

    THREADS = 8

    def __init__(self, metrics: Any, seed: int, calls: int) -> None:
        self._metrics = metrics
        self._seed = seed
        self._calls = calls
        self.counted = [dict.fromkeys((REQUESTS, FETCHED, DURATION, "wrong"), 0) for _ in range(self.THREADS)]

    def run(self) -> None:
        threads = [threading.Thread(target=self._flood, args=(index,)) for index in range(self.THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _flood(self, index: int) -> None:
        draw = random.Random(f"{self._seed} {index}")
        counted, metrics = self.counted[index], self._metrics
        for _ in range(self._calls // self.THREADS):
            kind = draw.random()
            if kind < 0.4:
                metrics.fetched_proxies_total.inc(source=self._value(draw))
                counted[FETCHED] += 1
            elif kind < 0.7:
                pool, region, status = self._value(draw), self._value(draw), self._value(draw)
                metrics.requests_total.inc(2, pool=pool, region=region, status=status)
                counted[REQUESTS] += 2
            elif kind < 0.9:
                metrics.request_duration_seconds.observe(draw.random(), pool=self._value(draw))
                counted[DURATION] += 1
            else:
                metrics.requests_total.inc(draw.choice(WRONG_AMOUNTS), **LABELS)
                counted["wrong"] += 1

    def _value(self, draw: random.Random) -> object:
        kind = draw.random()
        if kind < 0.3:
            return draw.choice(NO_TEXT)
        if kind < 0.7:
            return draw.choice(TEXT)
        return f"value {draw.randrange(10_000)}"


WRONG_AMOUNTS = [-1, -0.5, math.nan, math.inf, -math.inf, 10**400, -(10**400), 1e300, "1", b"1", None, [], 1j, object()]
WRONG_AMOUNTS += [Raising(), CorruptingFloat(1), Decimal("NaN"), Decimal("Infinity"), numpy.float64("nan"), {}]
WRONG_AMOUNTS += [numpy.datetime64("2020-01-01"), numpy.str_("1"), bytearray(b"1"), memoryview(b"1"), Lying()]


@settings(max_examples=5, deadline=None)  # a million calls
@given(st.integers(0, 2**32), st.integers(100, 10_000))
def test_a_million_hostile_calls_stay_within_the_bounds_and_each_counts(
    module: ModuleType, seed: int, limit: int
) -> None:
    metrics = module.Metrics(module.MetricsConfig(label_cardinality_limit=limit))
    flood = Flood(metrics, seed, calls=200_000)
    flood.run()
    exposed = samples(metrics)
    assert all(math.isfinite(number) for number in exposed.values())
    sums = {name: sum(one[name] for one in flood.counted) for name in flood.counted[0]}
    assert _sum(exposed, REQUESTS) == sums[REQUESTS]
    assert _sum(exposed, FETCHED) == sums[FETCHED]
    assert _sum(exposed, f"{DURATION}_count") == sums[DURATION]
    assert rejected(metrics, REQUESTS, "invalid_amount") == sums["wrong"]
    for metric in model_of(EXAMPLE).metrics:
        combinations = _combinations(exposed, metric.series[0].name)
        assert len(combinations) <= prod(_most(label) for label in metric.labels), metric.name
        good = {one for one in combinations if not any(text.startswith("__") for _, text in one)}
        assert len(good) <= metric.combinations, metric.name


def _sum(exposed: Any, name: str) -> float:
    return float(sum(number for (sample, _), number in exposed.items() if sample == name))


def _combinations(exposed: Any, name: str) -> set[Any]:
    return {frozenset(pair for pair in labels if pair[0] != "le") for sample, labels in exposed if sample == name}


def _most(label: LabelDomain) -> int:
    """The values that a label can have on the endpoint, stand-ins included."""
    return label.size + (1 if label.closed else 3)


PLACES = st.sampled_from(["here", "there", "elsewhere", 7])
SOURCES = st.sampled_from(["x", "y", "z", "too many", "10.0.0.1", 7])


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(PLACES, SOURCES), min_size=20, max_size=60))
def test_the_limit_bounds_the_combinations_of_open_labels_and_as_many_with_stand_ins(calls: list[Any]) -> None:
    with imported(source_of(model_of(AWKWARD))) as awkward:
        metrics = awkward.Metrics()
        limit = metrics._shared.limit
        limit.most = limit._used[True] + 2  # the metrics of closed labels have theirs
        for index, (place, source) in enumerate(calls):
            metrics.weight_grams.observe(index, len=place, source=source)
        found = _combinations(samples(metrics), "awkward_weight_grams_count")
        good = {one for one in found if not any(text.startswith("__") for _, text in one)}
        assert len(good) <= 2
        assert _sum(samples(metrics), "awkward_weight_grams_count") == len(calls)


def test_a_flood_of_refused_values_takes_no_room_from_good_ones(module: ModuleType) -> None:
    metrics = module.Metrics(module.MetricsConfig(label_cardinality_limit=10_000))
    for number in range(1000):
        metrics.requests_total.inc(pool=number, region=str(number), status="success")
        metrics.fetched_proxies_total.inc(source=f"10.0.0.{number % 256}")
    metrics.fetched_proxies_total.inc(source="good")
    assert value(metrics, FETCHED, source="good") == 1


# Secrets, made up as they are found in the wild.

PORTS = st.integers(1, 65535)
WORD = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=20)
PASSWORD = st.text("abcXYZ019._~!$&'()*+,;=-%", min_size=1, max_size=20)
LONG = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=20, max_size=40)
IPV4 = st.ip_addresses(v=4).map(str)
IPV6 = st.ip_addresses(v=6).flatmap(lambda one: st.sampled_from([str(one), one.exploded, str(one).upper()]))


def _forms(strategy: st.SearchStrategy[str], *forms: str) -> st.SearchStrategy[str]:
    return st.builds(lambda secret, form, port: form.format(secret, port), strategy, st.sampled_from(forms), PORTS)


ADDRESSES = st.one_of(
    _forms(
        IPV4, "{}", "{}:{}", "http://{}/list", "http://{}:{}/", "proxy {} failed", "{}.", "host={}", "v{}", "exit.{}"
    ),
    _forms(
        IPV6, "{}", "[{}]:{}", "http://[{}]:{}/x", "http://[{}]/", "client:{}", "at {}.", "from {}: refused", "<{}>"
    ),
    _forms(IPV4, "http://{}:{}/list").map(lambda url: quote(url, safe="")),
    _forms(IPV6, "http://[{}]:{}/").map(lambda url: quote(url, safe="")),
)
USER_INFO = st.one_of(
    st.builds("http://{}:{}@proxy.example/{}".format, WORD, PASSWORD, WORD),
    st.builds("socks5://{}@{}".format, WORD, WORD),
    st.builds("{}:{}@{}:3128".format, WORD, PASSWORD, WORD),
    st.builds(lambda user, password: quote(f"http://{user}:{password}@host/", safe=""), WORD, PASSWORD),
)


def _encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


TOKENS = st.one_of(
    _forms(LONG, "Bearer {}", "bearer  {}", "Authorization: Bearer {}", "BEARER {}", "bearer={}"),
    st.builds(lambda user, word: f"Basic {base64.b64encode(f'{user}:{word}'.encode()).decode()}", WORD, PASSWORD),
    st.builds(
        lambda name, signature: (
            f"{_encoded(json.dumps({'alg': name}))}.{_encoded(json.dumps({'sub': name}))}.{signature}"
        ),
        WORD,
        LONG,
    ),
    _forms(LONG, "ghp_{}", "gho_{}", "github_pat_{}", "glpat-{}", "npm_{}", "pypi-{}", "hf_{}", "xoxb-{}", "AIza{}"),
    _forms(LONG, "sk_live_{}", "pk_test_{}", "sk-proj-{}", "sk-ant-api03-{}", "SG.{}.x", "hvs.{}", "whsec_{}"),
    st.from_regex(r"\A(AKIA|ASIA)[0-9A-Z]{16}\Z"),
    _forms(
        LONG, "api_key={}", "apikey: {}", "password={}", "passwd={}", "secret={}", "account_key={}", '"token": "{}"'
    ),
    _forms(LONG, "-----BEGIN RSA PRIVATE KEY-----\n{}", "-----BEGIN OPENSSH PRIVATE KEY----- {}"),
)
SURROUNDED = st.sampled_from(["{}", "using {}", "{} failed", "x={}", "'{}'", "{},", "key:{}", "({})"])


@settings(max_examples=400, deadline=None)
@given(st.one_of(ADDRESSES, USER_INFO, TOKENS), SURROUNDED)
def test_no_address_user_info_token_or_key_reaches_the_endpoint(module: ModuleType, secret: str, around: str) -> None:
    metrics = module.Metrics()
    text = around.replace("{}", secret)
    metrics.fetched_proxies_total.inc(source=text)
    metrics.fetched_proxies_total.labels(source=text).inc()
    metrics.requests_total.inc(pool=text, region="us", status="success")
    metrics.requests_total.inc(1, {"client": text}, **LABELS)
    assert value(metrics, FETCHED, source="__redacted__") == 2
    for openmetrics in (False, True):
        exposed = module._exposition_text(metrics.registry, openmetrics=openmetrics, names=None).decode()
        shown = exposed.replace("\\\\", "\\").replace("\\n", "\n").replace('\\"', '"')
        assert not any(text in one for one in (exposed, shown))


HONEST = st.one_of(
    st.uuids().map(str),
    st.dates().map(str),
    st.times().map(lambda one: one.isoformat("seconds")),
    st.from_regex(r"\A[a-z]{1,8}([_-][a-z]{1,8}){0,3}\Z"),
    st.from_regex(r"\A/[a-z]{1,6}(/(:id|\{id\}|[a-z]{1,6})){0,3}\Z"),
    st.from_regex(r"\Av?[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{1,2}\Z"),
    st.text("0123456789abcdef", min_size=16, max_size=64),
)


@settings(max_examples=200, deadline=None)
@given(HONEST)
def test_an_honest_value_is_shown(module: ModuleType, text: str) -> None:
    assert not module._looks_sensitive(text)


CALLS: dict[str, Callable[[Any, Any], None]] = {
    "inc": lambda metrics, amount: metrics.requests_total.inc(amount, **LABELS),
    "bound inc": lambda metrics, amount: metrics.requests_total.labels(**LABELS).inc(amount),
    "observe": lambda metrics, amount: metrics.request_duration_seconds.observe(amount, pool="us-east"),
    "bound observe": lambda metrics, amount: metrics.request_duration_seconds.labels(pool="us-east").observe(amount),
    "set": lambda metrics, amount: metrics.pool_size.set(amount, pool="us-east"),
    "gauge inc": lambda metrics, amount: metrics.pool_size.inc(amount, pool="us-east"),
    "gauge dec": lambda metrics, amount: metrics.pool_size.dec(amount, pool="us-east"),
    "bound gauge inc": lambda metrics, amount: metrics.pool_size.labels(pool="us-east").inc(amount),
    "bound set": lambda metrics, amount: metrics.pool_size.labels(pool="us-east").set(amount),
    "bound dec": lambda metrics, amount: metrics.pool_size.labels(pool="us-east").dec(amount),
}
NO_NUMBERS = [amount for amount in WRONG_AMOUNTS if not (type(amount) in (int, float) and -2 < amount < 0)]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("amount", NO_NUMBERS, ids=lambda amount: type(amount).__name__)
def test_an_amount_that_is_no_number_changes_nothing_and_is_rejected_once(
    metrics: Any, call: str, amount: object
) -> None:
    before = {key: number for key, number in samples(metrics).items() if "metrics_rejected" not in key[0]}
    CALLS[call](metrics, amount)
    after = samples(metrics)
    own = {key: number for key, number in before.items() if key[0].startswith("proxywhirl_")}
    assert {key: after[key] for key in own} == own
    assert _sum(after, "proxywhirl_metrics_rejected_total") == 1


@pytest.mark.parametrize(
    "amount",
    [True, 3, 2.5, 10**20, Decimal("0.25"), Fraction(1, 3), numpy.float32(0.5), numpy.float64(0.1), numpy.int64(7)],
    ids=lambda amount: type(amount).__name__,
)
def test_a_number_of_any_kind_counts_as_the_float_that_it_is(metrics: Any, amount: Any) -> None:
    for call in CALLS.values():
        call(metrics, amount)
    assert value(metrics, REQUESTS, **LABELS) == 2 * float(amount)
    assert value(metrics, f"{DURATION}_sum", pool="us-east") == 2 * float(amount)
    assert value(metrics, "proxywhirl_pool_size", pool="us-east") == 0  # set, added, taken, added, set, taken
    assert _sum(samples(metrics), "proxywhirl_metrics_rejected_total") == 0


# What is equal to a value, and has its hash, counts as that value.
@pytest.mark.parametrize("bad", [bad for bad in NO_TEXT if type(bad) is not Lying], ids=lambda bad: type(bad).__name__)
def test_a_hostile_label_value_counts_as_invalid_through_every_call(metrics: Any, bad: object) -> None:
    metrics.requests_total.inc(pool=bad, region="us", status="success")
    metrics.requests_total.labels(pool=bad, region="us", status="success").inc()
    metrics.pool_size.set(5, pool=bad)
    metrics.pool_size.labels(pool=bad).inc()
    metrics.request_duration_seconds.observe(1, pool=bad)
    metrics.request_duration_seconds.labels(pool=bad).observe(1)
    metrics.fetched_proxies_total.inc(source=bad)
    found = samples(metrics)
    assert _sum(found, "proxywhirl_metrics_rejected_total") == 7
    assert value(metrics, REQUESTS, pool="__invalid__", region="us", status="success") == 2
    assert value(metrics, "proxywhirl_pool_size", pool="__invalid__") == 6
    assert value(metrics, f"{DURATION}_count", pool="__invalid__") == 2
    assert value(metrics, FETCHED, source="__invalid__") == 1


def test_text_of_a_class_of_its_own_counts_as_its_text(metrics: Any) -> None:
    metrics.requests_total.inc(pool=RaisingText("us-east"), region="us", status=BigText("success"))
    assert value(metrics, REQUESTS, **LABELS) == 1


def test_numbers_up_to_the_largest_never_add_up_to_infinity(metrics: Any) -> None:
    for _ in range(1000):
        metrics.requests_total.inc(9.9e279, **LABELS)
        metrics.request_duration_seconds.observe(-9.9e279, pool="us-east")
        metrics.pool_size.inc(int(9.9e279), pool="us-east")
    assert all(math.isfinite(number) for number in samples(metrics).values())
    assert value(metrics, REQUESTS, **LABELS) == pytest.approx(9.9e282)
