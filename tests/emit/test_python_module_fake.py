"""What `fake()` is for: a service's own tests count into it, read from it, and learn of every rejected call."""

from __future__ import annotations

import asyncio
import inspect
import json
import math
import random
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from gaugewright.emit import python_module

from tests.emit.python.modules import AWKWARD, EXAMPLE, imported, model_of, source_of

EVERYTHING = Path(__file__).with_name("everything.yaml")
REQUEST = {"pool": "us-east", "region": "us", "status": "success"}


@pytest.fixture(scope="module")
def module() -> Iterator[ModuleType]:
    with imported(source_of(model_of(EXAMPLE))) as generated:
        yield generated


@pytest.fixture
def fake(module: ModuleType) -> Any:
    return module.fake()


def test_it_tells_what_was_counted(fake: Any) -> None:
    fake.requests_total.inc(**REQUEST)
    fake.requests_total.labels(**REQUEST).inc(2)
    fake.pool_size.set(12, pool="us-east")
    fake.pool_size.labels(pool="us-east").dec(2)
    fake.request_duration_seconds.observe(0.25, pool="us-east")
    fake.request_duration_seconds.labels(pool="us-east").observe(0.5)
    fake.maintenance_mode.set(1)
    assert fake.requests_total.value(**REQUEST) == 3
    assert fake.requests_total.value(**{**REQUEST, "status": "error"}) == 0
    assert fake.pool_size.value(pool="us-east") == 10
    assert fake.request_duration_seconds.count(pool="us-east") == 2
    assert fake.request_duration_seconds.sum(pool="us-east") == 0.75
    assert fake.request_duration_seconds.count(pool="us-west") == 0
    assert fake.fetched_proxies_total.value(source="nobody fetched this") == 0
    assert fake.maintenance_mode.value() == 1


def test_timers_are_counted_too(fake: Any) -> None:
    with fake.request_duration_seconds.time(pool="us-east"):
        pass
    with fake.request_duration_seconds.labels(pool="us-east").time():
        pass
    assert fake.request_duration_seconds.time(pool="us-east")(len)([]) == 0

    @fake.request_duration_seconds.time(pool="us-east")  # type: ignore[untyped-decorator, unused-ignore]
    async def sends() -> str:
        return "sent"

    assert asyncio.run(sends()) == "sent"
    assert fake.request_duration_seconds.count(pool="us-east") == 4


REJECTED: list[Callable[[Any], Any]] = [
    lambda fake: fake.requests_total.inc(pool="moon", region="us", status="success"),
    lambda fake: fake.requests_total.labels(pool="moon", region="us", status="success"),
    lambda fake: fake.requests_total.inc(-1, **REQUEST),
    lambda fake: fake.requests_total.inc(math.nan, **REQUEST),
    lambda fake: fake.requests_total.labels(**REQUEST).inc(-1),
    lambda fake: fake.pool_size.set("12", pool="us-east"),
    lambda fake: fake.pool_size.set(math.inf, pool="us-east"),
    lambda fake: fake.pool_size.set(1, pool=None),
    lambda fake: fake.request_duration_seconds.observe(math.nan, pool="us-east"),
    lambda fake: fake.request_duration_seconds.time(pool="moon"),
    lambda fake: fake.fetched_proxies_total.inc(source="http://user:secret@example.com"),
    lambda fake: fake.fetched_proxies_total.inc(source=""),
    lambda fake: fake.fetched_proxies_total.inc(source="__overflow__"),
    lambda fake: [fake.fetched_proxies_total.inc(source=f"source-{number}") for number in range(41)],
    lambda fake: fake.requests_total.value(pool="moon", region="us", status="success"),
    lambda fake: fake.request_duration_seconds.count(pool="moon"),
]


@pytest.mark.parametrize("call", REJECTED)
def test_what_a_service_would_only_count_as_rejected_is_raised(
    module: ModuleType, fake: Any, call: Callable[[Any], Any]
) -> None:
    with pytest.raises(module.RejectedError) as raised:
        call(fake)
    assert "secret" not in str(raised.value)


def test_the_error_says_which_call_it_was(module: ModuleType, fake: Any) -> None:
    with pytest.raises(module.RejectedError, match=r"pool='moon' is none of \('us-east', 'us-west'"):
        fake.requests_total.inc(pool="moon", region="us", status="success")
    with pytest.raises(module.RejectedError, match=r"proxywhirl_pool_size rejects this as invalid_amount: \(nan,\)"):
        fake.pool_size.set(math.nan, pool="us-east")


def test_each_fake_is_alone_and_so_is_its_registry(module: ModuleType) -> None:
    first, second = module.fake(), module.fake()
    first.requests_total.inc(**REQUEST)
    assert second.requests_total.value(**REQUEST) == 0
    assert first.registry is not second.registry
    assert isinstance(first, module.Metrics)


def test_every_group_counts_unless_the_test_says_otherwise(module: ModuleType) -> None:
    quiet = module.fake(module.MetricsConfig(enable_request_metrics=False))
    quiet.requests_total.inc(**REQUEST)
    assert quiet.requests_total.value(**REQUEST) == 0
    assert quiet.pool_size.value(pool="us-east") == 0


def test_calls_of_several_threads_are_all_counted_and_only_the_wrong_ones_raise(module: ModuleType, fake: Any) -> None:
    raised: list[str] = []

    def count(pool: str) -> None:
        for _ in range(200):
            try:
                fake.requests_total.inc(pool=pool, region="us", status="success")
            except module.RejectedError:
                raised.append(pool)

    threads = [threading.Thread(target=count, args=(pool,)) for pool in ("us-east", "us-east", "moon")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert fake.requests_total.value(**REQUEST) == 400
    assert raised == ["moon"] * 200


def test_real_metrics_can_be_read_and_do_not_raise(module: ModuleType) -> None:
    metrics = module.Metrics()
    metrics.requests_total.inc(pool="moon", region="us", status="success")
    metrics.requests_total.inc(**REQUEST)
    assert metrics.requests_total.value(**REQUEST) == 1


@pytest.mark.parametrize("spec", [AWKWARD, EVERYTHING], ids=lambda path: path.stem)
def test_a_fake_of_any_spec_can_be_made_and_read(spec: Path) -> None:
    """With labels named as a method's own names are, labels with long lists, summaries. The made-up traffic
    calls every metric."""
    with imported(source_of(model_of(spec))) as generated:
        metrics, draw = generated.fake(), random.Random(1)
        generated._Traffic(metrics, draw).step(1e9)
        for info in metrics.info.values():
            family = info.prometheus_metric
            labels, _ = next(generated._combinations(info, draw))
            reading = family.value if hasattr(family, "value") else family.count
            assert list(labels) == list(inspect.signature(reading).parameters)
            assert reading(**labels) >= 0


# One call a line; what is behind `#` must be reported (by mypy's code), nothing else.
CALLS = """
used: Metrics = fake()
count: float = metrics.requests_total.value(pool="us-east", region="us", status="success")
seen: float = metrics.request_duration_seconds.count(pool="us-east")
added: float = metrics.request_duration_seconds.sum(pool="us-east")
mode: float = metrics.maintenance_mode.value()
other: Metrics = fake(MetricsConfig(enable_pool_metrics=False))
metrics.requests_total.value(pool="moon", region="us", status="success")  # arg-type
metrics.requests_total.value(pool="us-east", region="us")  # call-arg
metrics.requests_total.count(pool="us-east", region="us", status="success")  # attr-defined
metrics.request_duration_seconds.value(pool="us-east")  # attr-defined
metrics.maintenance_mode.value(pool="us-east")  # call-arg
fake("config")  # arg-type
""".strip().splitlines()
HEADER = "from proxywhirl_metrics import Metrics, MetricsConfig, fake\n\nmetrics = fake()\n"
FIRST = HEADER.count("\n") + 1
EXPECTED = {FIRST + index: line.partition("  # ")[2] for index, line in enumerate(CALLS) if "  # " in line}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    for path, content in python_module.emit(model_of(EXAMPLE)).items():
        (folder / Path(path).name).write_bytes(content)
    (folder / "test_service.py").write_text(HEADER + "\n".join(CALLS) + "\n")
    return folder


def test_mypy_in_its_strict_mode_reports_the_wrong_readings_alone(project: Path) -> None:
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--no-pretty", "test_service.py"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    found = {int(line): code for line, code in re.findall(r"^\S+?:(\d+): error: .*\[([\w-]+)\]$", done.stdout, re.M)}
    assert found == EXPECTED, done.stdout + done.stderr


def test_basedpyright_reports_the_wrong_readings_alone(project: Path) -> None:
    (project / "pyrightconfig.json").write_text(json.dumps({"typeCheckingMode": "strict"}))
    program = Path(sys.executable).with_name("basedpyright")
    if not program.exists():
        pytest.skip("basedpyright is not installed beside this Python")
    command = [program, "--outputjson", "--pythonpath", sys.executable, "test_service.py"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    found = {one["range"]["start"]["line"] + 1 for one in json.loads(done.stdout)["generalDiagnostics"]}
    assert found == set(EXPECTED), done.stdout
