"""Settings that change while the service runs: all of them or none, and no increment is lost."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from gaugewright.emit import metrics_json
from hypothesis import given
from hypothesis import strategies as st

from tests.emit.python.modules import AWKWARD, EXAMPLE, imported, model_of, samples, source_of, value
from tests.emit.python.scraping import AUTH, GOOD, OPEN, PASSWORD, PATIENCE, USER, ask, basic, free_port

EVERYTHING = Path(__file__).with_name("everything.yaml")
REQUEST = {"pool": "us-east", "region": "us", "status": "success"}


@pytest.fixture(scope="module")
def module() -> Iterator[ModuleType]:
    with imported(source_of(model_of(EXAMPLE))) as generated:
        yield generated


@pytest.fixture
def metrics(module: ModuleType) -> Iterator[Any]:
    metrics = module.Metrics(module.MetricsConfig(**AUTH))
    yield metrics
    metrics.close()


# The endpoint


def test_reload_moves_the_server_and_changes_path_and_password(module: ModuleType, metrics: Any) -> None:
    first, second = free_port(), free_port()
    metrics.reload(module.MetricsConfig(exposition_port=first, **AUTH))
    server = metrics.serve()
    assert ask(server)[0] == 200
    new = module.MetricsConfig(
        exposition_port=second,
        exposition_path="/new",
        basic_auth_username="someone",
        basic_auth_password="another password",
    )
    metrics.reload(new)
    assert server.port == second
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", first)):
        pass
    assert ask(server, "/new")[0] == 401
    assert ask(server, "/new", headers={"Authorization": basic("someone:another password")})[0] == 200
    metrics.reload(module.MetricsConfig(exposition_port=second, **OPEN))
    assert ask(server, headers={})[0] == 200


def test_a_server_with_an_address_of_its_own_stays_there(module: ModuleType, metrics: Any) -> None:
    server = metrics.serve(host="127.0.0.1", port=0)
    before = server.port
    metrics.reload(module.MetricsConfig(exposition_port=free_port(), **AUTH))
    assert server.port == before
    assert ask(server)[0] == 200


def test_a_client_stays_connected_while_the_server_moves(module: ModuleType, metrics: Any) -> None:
    metrics.reload(module.MetricsConfig(exposition_port=free_port(), **OPEN))
    server = metrics.serve()
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection:
        metrics.reload(module.MetricsConfig(exposition_port=free_port(), **OPEN))
        connection.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
        assert connection.recv(15) == b"HTTP/1.1 200 OK"


def test_another_host_on_the_same_port_is_taken_and_given_back(module: ModuleType, metrics: Any) -> None:
    port = free_port()
    metrics.reload(module.MetricsConfig(exposition_port=port, exposition_host="127.0.0.1", **OPEN))
    server = metrics.serve()
    for host in ("0.0.0.0", "127.0.0.1"):
        metrics.reload(module.MetricsConfig(exposition_port=port, exposition_host=host, **OPEN))
        assert (server._endpoint.address, ask(server)[0]) == ((host, port), 200)
    with pytest.raises(OSError, match=r"."):
        metrics.reload(module.MetricsConfig(exposition_port=port, exposition_host="192.0.2.1", **OPEN))
    assert (metrics.config.exposition_host, ask(server)[0]) == ("127.0.0.1", 200)


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
@pytest.mark.parametrize("host", ["::1", "[::1]", "::"])
def test_it_listens_on_ipv6(module: ModuleType, host: str) -> None:
    metrics = module.Metrics(module.MetricsConfig(exposition_host=host, exposition_port=free_port(), **OPEN))
    try:
        server = metrics.serve()
    except OSError as error:
        pytest.skip(f"this machine has no IPv6: {error}")
    with server:
        assert server.url == f"http://[::1]:{server.port}/metrics"
        for address in ("::1", "127.0.0.1") if host == "::" else ("::1",):
            with socket.create_connection((address, server.port), timeout=PATIENCE) as connection:
                connection.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
                assert connection.recv(15) == b"HTTP/1.1 200 OK"


def test_a_reload_that_cannot_listen_changes_nothing(module: ModuleType, metrics: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        metrics.reload(module.MetricsConfig(exposition_port=free_port(), **AUTH))
        server, second = metrics.serve(), metrics.serve(port=0)
        before, ports = metrics.config, (server.port, second.port)
        with pytest.raises(OSError, match="in use"):
            metrics.reload(module.MetricsConfig(exposition_port=busy.getsockname()[1], enabled=False, **AUTH))
        assert metrics.config is before
        assert (server.port, second.port) == ports
        assert ask(server)[0] == ask(second)[0] == 200


def test_where_one_of_two_servers_cannot_move_both_stay(module: ModuleType, metrics: Any) -> None:
    metrics.reload(module.MetricsConfig(exposition_port=free_port(), exposition_host="127.0.0.1", **AUTH))
    port = free_port()
    with socket.create_server(("127.0.0.1", port)):
        first, second = metrics.serve(host="127.0.0.3"), metrics.serve(host="127.0.0.1")
        before = first.port
        with pytest.raises(OSError, match="in use"):
            metrics.reload(module.MetricsConfig(exposition_port=port, exposition_host="127.0.0.1", **AUTH))
        assert first.port == second.port == before
        assert ask(second)[0] == 200


def test_a_password_that_cannot_be_had_is_refused_for_a_server(module: ModuleType, metrics: Any) -> None:
    missing = module.MetricsConfig(basic_auth_username=USER, basic_auth_password=module.Secret(env="NOT_SET_ANYWHERE"))
    metrics.reload(missing)  # nobody is served yet
    metrics.reload(module.MetricsConfig(**AUTH))
    with metrics.serve(port=0) as server:
        with pytest.raises(ValueError, match="NOT_SET_ANYWHERE is not set"):
            metrics.reload(missing)
        assert ask(server)[0] == 200


def test_a_changed_password_file_is_read_again_without_a_reload(module: ModuleType, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(PASSWORD)
    metrics = module.Metrics(
        module.MetricsConfig(basic_auth_username=USER, basic_auth_password=module.Secret(file=str(file)))
    )
    with metrics.serve(port=0) as server:
        assert ask(server)[0] == 200
        file.write_text("a new password\n")
        assert ask(server)[0] == 401
        assert ask(server, headers={"Authorization": basic(f"{USER}:a new password")})[0] == 200
        file.unlink()
        assert ask(server)[0] == 503


# What is counted


def test_groups_and_everything_go_off_and_on_with_what_was_counted(module: ModuleType, metrics: Any) -> None:
    metrics.requests_total.inc(3, **REQUEST)
    metrics.pool_size.set(7, pool="us-east")
    for settings, requests, pools, process in (
        ({"enable_pool_metrics": False}, 3, None, True),
        ({"enable_request_metrics": False}, None, 7, True),
        ({"enable_process_metrics": False}, 3, 7, False),
        ({"enabled": False}, None, None, False),
        ({}, 3, 7, True),
    ):
        metrics.reload(module.MetricsConfig(**AUTH, **settings))
        metrics.requests_total.inc(0, **REQUEST)
        assert value(metrics, "proxywhirl_requests_total", **REQUEST) == requests
        assert value(metrics, "proxywhirl_pool_size", pool="us-east") == pools
        names = {name for name, _ in samples(metrics)}
        assert ("python_gc_objects_collected_total" in names, "python_info" in names) == (process, process)
    metrics.reload(module.MetricsConfig(enabled=False, **AUTH))
    assert samples(metrics) == {}


def test_a_larger_limit_lets_more_combinations_in(module: ModuleType, metrics: Any) -> None:
    closed = sum(1 for name, _ in samples(metrics) if name.startswith("proxywhirl_"))
    metrics.reload(module.MetricsConfig(label_cardinality_limit=100, **AUTH))
    assert closed > 100
    metrics.fetched_proxies_total.inc(source="one")
    assert value(metrics, "proxywhirl_fetched_proxies_total", source="__overflow__") == 1
    metrics.reload(module.MetricsConfig(label_cardinality_limit=1000, **AUTH))
    metrics.fetched_proxies_total.inc(source="two")
    assert value(metrics, "proxywhirl_fetched_proxies_total", source="two") == 1


def test_other_buckets_are_refused_and_the_old_settings_stay_entirely(module: ModuleType, metrics: Any) -> None:
    before = metrics.config
    metrics.request_duration_seconds.observe(0.2, pool="us-east")
    with pytest.raises(ValueError, match="histogram_buckets cannot change while the service runs"):
        metrics.reload(module.MetricsConfig(histogram_buckets=[1, 2], enabled=False, exposition_path="/x", **AUTH))
    assert metrics.config is before
    assert value(metrics, "proxywhirl_request_duration_seconds_count", pool="us-east") == 1
    metrics.reload(module.MetricsConfig(histogram_buckets=list(before.histogram_buckets), **AUTH))


def test_no_increment_is_lost_while_everything_else_changes(module: ModuleType) -> None:
    """Eight threads count while a ninth changes path, port, password, limits and the other groups, and scrapes."""
    metrics = module.Metrics(module.MetricsConfig(exposition_port=free_port(), **AUTH))
    server = metrics.serve()
    times, done = 20_000, threading.Event()

    def count() -> None:
        for _ in range(times):
            metrics.requests_total.inc(**REQUEST)
            metrics.request_duration_seconds.observe(0.3, pool="us-east")
            metrics.fetched_proxies_total.inc(source="a")

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    finishing = threading.Thread(target=lambda: [*(thread.join() for thread in threads), done.set()])
    finishing.start()
    draw, reloads = random.Random(5), 0
    while not done.is_set() or reloads < 20:
        config = module.MetricsConfig(
            exposition_port=draw.choice([server.port, free_port()]),
            exposition_path=draw.choice(["/metrics", "/other"]),
            enable_pool_metrics=draw.random() < 0.5,
            enable_process_metrics=draw.random() < 0.5,
            label_cardinality_limit=draw.randrange(500, 10_000),
            **(AUTH if draw.random() < 0.5 else OPEN),
        )
        metrics.reload(config)
        assert ask(server, config.exposition_path, headers=GOOD)[0] == 200
        reloads += 1
    finishing.join(PATIENCE)
    assert value(metrics, "proxywhirl_requests_total", **REQUEST) == 8 * times
    assert value(metrics, "proxywhirl_request_duration_seconds_count", pool="us-east") == 8 * times
    assert value(metrics, "proxywhirl_fetched_proxies_total", source="a") == 8 * times
    metrics.close()


# Settings in a file


@pytest.mark.parametrize("spec", [EXAMPLE, AWKWARD, EVERYTHING], ids=lambda path: path.stem)
def test_the_compilers_file_is_the_modules_own_defaults(spec: Path, tmp_path: Path) -> None:
    model = model_of(spec)
    ((name, content),) = metrics_json.emit(model).items()
    assert name == f"python/{model.service.name}_metrics.json"
    assert next(iter(json.loads(content))) == "$generated"
    (tmp_path / "metrics.json").write_bytes(content)
    with imported(source_of(model)) as generated:
        loaded, own = generated.MetricsConfig.from_file(tmp_path / "metrics.json"), generated.MetricsConfig()
        fields = type(own).__dataclass_fields__
        assert set(json.loads(content)) - {"$generated"} == set(fields)
        assert {name: repr(getattr(loaded, name)) for name in fields} == {n: repr(getattr(own, n)) for n in fields}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "no JSON"),
        ("{", "no JSON"),
        ("[]", "one JSON object"),
        ("[" * 100_000, "nested too deeply"),
        ('{"enabled": true, "enabled": false}', "name twice"),
        ('{"enable": true}', "no such setting: enable"),
        ('{"enabled": 1}', "enabled"),
        ('{"exposition_port": 80}', "exposition_port"),
        ('{"histogram_buckets": [1, NaN]}', "histogram_buckets"),
        ('{"histogram_buckets": {"1": 2}}', "histogram_buckets"),
        ('{"basic_auth_password": "in the open"}', '{"env": NAME} or {"file": PATH}'),
        ('{"basic_auth_password": {"env": 1}}', '{"env": NAME} or {"file": PATH}'),
        ('{"basic_auth_password": {"env": "A", "file": "b"}}', '{"env": NAME} or {"file": PATH}'),
        (" " * 2_000_000, "too large"),
        ("\ud800", "no UTF-8"),
    ],
    ids=lambda value: value[:40],
)
def test_a_wrong_file_is_told_without_what_it_holds(
    module: ModuleType, tmp_path: Path, text: str, complaint: str
) -> None:
    (tmp_path / "metrics.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(ValueError) as raised:  # noqa: PT011  (its text is compared below)
        module.MetricsConfig.from_file(tmp_path / "metrics.json")
    assert complaint in str(raised.value)
    assert "in the open" not in str(raised.value)


@given(st.binary(max_size=200))
def test_no_file_makes_anything_but_a_valueerror(module: ModuleType, content: bytes) -> None:
    with suppress(ValueError):
        module.MetricsConfig.from_json(content)


class Reloads:
    """Waits for the reloads of a Metrics, and for what a watcher logs, without polling."""

    def __init__(self, module: ModuleType, metrics: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self._taken, self._refused = threading.Semaphore(0), threading.Semaphore(0)
        reload: Callable[[Any], None] = metrics.reload
        tell = module._Trouble.tell

        def reported(config: Any) -> None:
            reload(config)
            self._taken.release()

        def told(trouble: Any, reason: str) -> None:
            tell(trouble, reason)
            self._refused.release()

        monkeypatch.setattr(metrics, "reload", reported)
        monkeypatch.setattr(module._Trouble, "tell", told)

    def wait(self) -> None:
        assert self._taken.acquire(timeout=PATIENCE)

    def wait_for_refusal(self) -> None:
        assert self._refused.acquire(timeout=PATIENCE)


@pytest.fixture
def reloads(module: ModuleType, metrics: Any, monkeypatch: pytest.MonkeyPatch) -> Reloads:
    return Reloads(module, metrics, monkeypatch)


def test_watch_follows_a_file_and_keeps_the_old_settings_when_it_is_wrong(
    metrics: Any, reloads: Reloads, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "metrics.json"
    path.write_text(json.dumps({"enable_pool_metrics": False, "basic_auth_password": {"env": "SOME_PASSWORD"}}))
    watcher = metrics.watch(path, interval=0.01)
    reloads.wait()
    wrong = (
        "{",
        "[]",
        '{"enabled": 1}',
        '{"unknown": true}',
        '{"exposition_port": 80}',
        '{"histogram_buckets": [1,2]}',
    )
    for content in wrong:
        replace_file(path, content)
        reloads.wait_for_refusal()
        assert not metrics.config.enable_pool_metrics
    assert len(caplog.records) == len(wrong)
    assert all("the old configuration stays" in record.getMessage() for record in caplog.records)
    replace_file(path, "{}")
    reloads.wait()
    assert metrics.config.enable_pool_metrics
    watcher.close()
    watcher.close()


def replace_file(path: Path, content: str) -> None:
    beside = path.with_suffix(".new")
    beside.write_text(content)
    os.replace(beside, path)


def test_watch_sees_an_edit_that_leaves_size_and_time_alone(metrics: Any, reloads: Reloads, tmp_path: Path) -> None:
    path = tmp_path / "metrics.json"
    path.write_text('{"enabled": false}')
    os.utime(path, ns=(1, 1))
    watching(metrics, path)
    reloads.wait()
    with path.open("r+") as file:
        file.write('{"enabled":  true}')
    os.utime(path, ns=(1, 1))
    reloads.wait()
    assert metrics.config.enabled


def watching(metrics: Any, path: Path) -> Any:
    return metrics.watch(path, interval=0.01)


def test_watch_follows_the_links_of_a_configmap(metrics: Any, reloads: Reloads, tmp_path: Path) -> None:
    """Kubernetes swaps `..data`, a link to a folder; the file's own link never changes."""
    for version, content in (("v1", '{"enabled": false}'), ("v2", '{"enabled": true}')):
        (tmp_path / version).mkdir()
        (tmp_path / version / "metrics.json").write_text(content)
    (tmp_path / "..data").symlink_to("v1")
    (tmp_path / "metrics.json").symlink_to(Path("..data", "metrics.json"))
    watching(metrics, tmp_path / "metrics.json")
    reloads.wait()
    assert not metrics.config.enabled
    (tmp_path / "..new").symlink_to("v2")
    os.replace(tmp_path / "..new", tmp_path / "..data")
    reloads.wait()
    assert metrics.config.enabled


def test_a_file_that_is_gone_changes_nothing_and_is_taken_when_it_is_back(
    metrics: Any, reloads: Reloads, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "metrics.json"
    path.write_text('{"enabled": false}')
    watching(metrics, path)
    reloads.wait()
    path.unlink()
    for _ in range(3):
        reloads.wait_for_refusal()
    assert not metrics.config.enabled
    assert len(caplog.records) == 1
    replace_file(path, "{}")
    reloads.wait()
    assert metrics.config.enabled


def test_a_port_that_is_taken_is_tried_again_until_it_is_free(
    module: ModuleType, metrics: Any, reloads: Reloads, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROXYWHIRL_METRICS_PASSWORD", PASSWORD)
    path = tmp_path / "metrics.json"
    path.write_text(json.dumps({"exposition_port": free_port()}))
    watching(metrics, path)
    reloads.wait()
    server = metrics.serve()
    before = server.port
    with socket.create_server(("127.0.0.1", 0)) as busy:
        wanted = busy.getsockname()[1]
        replace_file(path, json.dumps({"exposition_port": wanted}))
        reloads.wait_for_refusal()
        assert (server.port, ask(server)[0]) == (before, 200)
    reloads.wait()
    assert (server.port, ask(server)[0]) == (wanted, 200)


def test_watch_reads_again_on_sighup_and_gives_the_old_handler_back(
    metrics: Any, reloads: Reloads, tmp_path: Path
) -> None:
    path = tmp_path / "metrics.json"
    path.write_text("{}")
    heard: list[int] = []
    before = signal.signal(signal.SIGHUP, lambda number, frame: heard.append(number))
    try:
        own = signal.getsignal(signal.SIGHUP)
        watcher = metrics.watch(path, interval=3600)
        reloads.wait()
        path.write_text('{"enabled": false}')
        os.kill(os.getpid(), signal.SIGHUP)
        reloads.wait()
        assert not metrics.config.enabled
        assert heard == [signal.SIGHUP]
        watcher.close()
        assert signal.getsignal(signal.SIGHUP) is own
    finally:
        signal.signal(signal.SIGHUP, before)


def test_watch_tells_at_once_that_a_file_is_wrong(metrics: Any, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        metrics.watch(tmp_path / "missing.json")
    (tmp_path / "wrong.json").write_text('{"exposition_port": 80}')
    with pytest.raises(ValueError, match="exposition_port"):
        metrics.watch(tmp_path / "wrong.json")


def test_no_password_stands_in_what_is_logged(
    module: ModuleType, metrics: Any, reloads: Reloads, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path, secret = tmp_path / "metrics.json", "top-secret-password"
    path.write_text("{}")
    with caplog.at_level("DEBUG"):
        watching(metrics, path)
        reloads.wait()
        for content in (
            f'{{"basic_auth_password": "{secret}"}}',
            f'{{"basic_auth_password": {{"env": "{secret}", "x": 1}}}}',
            f'{{"basic_auth_password": {{"env": ["{secret}"]}}}}',
            f'{{"basic_auth_password": "{secret}',
            f'{{"basic_auth_username": 3, "basic_auth_password": {{"text": "{secret}"}}}}',
        ):
            replace_file(path, content)
            reloads.wait_for_refusal()
    assert caplog.records
    assert secret not in caplog.text
