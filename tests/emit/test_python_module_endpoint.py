"""The generated module's endpoint: a server of its own, an ASGI and a WSGI application, hot reload."""

from __future__ import annotations

import asyncio
import gzip
import http.client
import json
import os
import signal
import socket
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from tests.emit.python.modules import EXAMPLE, imported, model_of, source_of

USER, PASSWORD = "prometheus", "a long pässword"
GOOD = {"Authorization": "Basic " + b64encode(f"{USER}:{PASSWORD}".encode()).decode()}


@pytest.fixture(scope="module")
def module() -> Iterator[ModuleType]:
    with imported(source_of(model_of(EXAMPLE))) as generated:
        yield generated


@pytest.fixture
def metrics(module: ModuleType) -> Iterator[Any]:
    config = module.MetricsConfig(basic_auth_username=USER, basic_auth_password=PASSWORD)
    metrics = module.Metrics(config)
    yield metrics
    metrics.close()


def ask(
    server: Any, path: str = "/metrics", method: str = "GET", headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.request(method, path, headers=GOOD if headers is None else headers)
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()
    finally:
        connection.close()


def test_it_serves_the_metrics_on_a_free_port_until_it_is_closed(metrics: Any) -> None:
    with metrics.serve(port=0) as server:
        port = server.port
        status, headers, body = ask(server)
        assert (status, headers["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
        assert int(headers["Content-Length"]) == len(body)
        assert "proxywhirl_requests" in {family.name for family in read_text(body.decode())}
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
        pass
    server.close()


def test_it_serves_where_the_configuration_says(module: ModuleType) -> None:
    port = free_port()
    config = module.MetricsConfig(
        exposition_port=port,
        exposition_path="/internal/metrics",
        basic_auth_username=None,
        basic_auth_password=None,
    )
    metrics = module.Metrics(config)
    with metrics.serve() as server:
        assert server.port == port
        assert ask(server, "/internal/metrics", headers={})[0] == 200
        assert ask(server, "/metrics", headers={})[0] == 404


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def test_a_head_request_has_the_headers_of_get_and_no_body(metrics: Any) -> None:
    with metrics.serve(port=0) as server:
        status, headers, body = ask(server, method="HEAD")
        assert (status, body) == (200, b"")
        assert int(headers["Content-Length"]) > 1000


def test_other_paths_are_not_found_and_other_methods_not_allowed(metrics: Any) -> None:
    with metrics.serve(port=0) as server:
        assert ask(server, "/")[0] == 404
        assert ask(server, "/metrics/")[0] == 404
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH"):
            status, headers, _ = ask(server, method=method)
            assert (status, headers["Allow"]) == (405, "GET, HEAD")


def basic(text: str | bytes) -> str:
    return "Basic " + b64encode(text.encode() if isinstance(text, str) else text).decode()


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Basic",
        "Basic ",
        "Basic !!!",
        basic(f"{USER}:{PASSWORD} "),
        basic(f"{USER}:"),
        basic(f":{PASSWORD}"),
        basic(f"{USER.upper()}:{PASSWORD}"),
        basic(USER + PASSWORD),
        basic(b"\xff\xfe:\x00"),
        basic(f"{USER}:{PASSWORD}").replace("Basic", "Bearer"),
    ],
)
def test_without_the_right_credentials_there_is_nothing_to_read(metrics: Any, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    with metrics.serve(port=0) as server:
        status, answered, body = ask(server, headers=headers)
    assert (status, body) == (401, b"Unauthorized\n")
    assert answered["WWW-Authenticate"].startswith("Basic realm=")


@pytest.mark.parametrize(
    ("accept", "openmetrics"),
    [
        ("application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.1", True),
        ("application/openmetrics-text", True),
        ("text/plain", False),
        ("text/plain;q=0.9, application/openmetrics-text;q=0.2", False),
        ("application/openmetrics-text;q=0", False),
        ("application/openmetrics-text;q=nonsense", False),
        ("*/*", False),
        ("", False),
        (";;q=,,", False),
    ],
)
def test_the_format_is_the_one_that_accept_prefers(metrics: Any, accept: str, openmetrics: bool) -> None:
    with metrics.serve(port=0) as server:
        _, headers, body = ask(server, headers={**GOOD, "Accept": accept})
    assert headers["Content-Type"].startswith(
        "application/openmetrics-text; version=1.0.0" if openmetrics else "text/plain"
    )
    assert list((read_openmetrics if openmetrics else read_text)(body.decode()))


@pytest.mark.parametrize(("encoding", "packed"), [("gzip", True), ("br, gzip;q=0.1", True), ("gzip;q=0", False)])
def test_the_answer_is_compressed_where_that_is_accepted(metrics: Any, encoding: str, packed: bool) -> None:
    with metrics.serve(port=0) as server:
        _, headers, body = ask(server, headers={**GOOD, "Accept-Encoding": encoding})
    assert (headers.get("Content-Encoding") == "gzip") is packed
    assert b"proxywhirl_pool_size" in (gzip.decompress(body) if packed else body)


def test_single_series_can_be_asked_for_by_name(metrics: Any) -> None:
    with metrics.serve(port=0) as server:
        _, _, body = ask(server, "/metrics?name[]=proxywhirl_pool_size&name[]=proxywhirl_requests_total")
    assert {family.name for family in read_text(body.decode())} == {"proxywhirl_pool_size", "proxywhirl_requests"}


def test_without_a_password_it_does_not_serve_and_does_not_let_in(
    module: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PROXYWHIRL_METRICS_PASSWORD", raising=False)
    metrics = module.Metrics()
    with pytest.raises(ValueError, match="PROXYWHIRL_METRICS_PASSWORD is not set"):
        metrics.serve(port=0)
    assert ask_wsgi(metrics)[0] == "503 Service Unavailable"
    monkeypatch.setenv("PROXYWHIRL_METRICS_PASSWORD", PASSWORD)
    assert ask_wsgi(metrics)[0] == "200 OK"


def ask_wsgi(metrics: Any, **environ: str) -> tuple[str, dict[str, str], bytes]:
    request: dict[str, Any] = {"HTTP_AUTHORIZATION": GOOD["Authorization"], **environ}
    setup_testing_defaults(request)
    answered: list[Any] = []
    body = b"".join(metrics.wsgi_app()(request, lambda status, headers: answered.extend((status, dict(headers)))))
    return answered[0], answered[1], body


def test_the_wsgi_application_answers_like_the_server(metrics: Any) -> None:
    status, _, body = ask_wsgi(metrics)
    assert (status, b"proxywhirl_pool_size" in body) == ("200 OK", True)
    assert ask_wsgi(metrics, HTTP_AUTHORIZATION="")[0] == "401 Unauthorized"
    assert ask_wsgi(metrics, REQUEST_METHOD="POST")[0] == "405 Method Not Allowed"
    status, _, body = ask_wsgi(metrics, REQUEST_METHOD="HEAD")
    assert (status, body) == ("200 OK", b"")


def ask_asgi(metrics: Any, scope: dict[str, Any], *messages: dict[str, Any]) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []
    waiting = list(messages)

    async def receive() -> dict[str, Any]:
        return waiting.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(metrics.asgi_app()(scope, receive, send))
    return sent


def test_the_asgi_application_answers_like_the_server(metrics: Any) -> None:
    headers = [(b"authorization", GOOD["Authorization"].encode()), (b"accept-encoding", b"gzip")]
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": headers}
    start, body = ask_asgi(metrics, scope)
    assert start["status"] == 200
    assert (b"content-encoding", b"gzip") in start["headers"]
    assert b"proxywhirl_pool_size" in gzip.decompress(body["body"])
    assert ask_asgi(metrics, {**scope, "headers": []})[0]["status"] == 401


def test_the_asgi_application_lives_by_itself_and_refuses_websockets(metrics: Any) -> None:
    sent = ask_asgi(metrics, {"type": "lifespan"}, {"type": "lifespan.startup"}, {"type": "lifespan.shutdown"})
    assert [message["type"] for message in sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert ask_asgi(metrics, {"type": "websocket"})[0]["type"] == "websocket.close"


def test_a_failing_collector_of_someone_else_gives_500_and_no_traceback(metrics: Any) -> None:
    class Broken:
        def collect(self) -> Iterator[Any]:
            raise RuntimeError("secret detail")

    metrics.registry.register(Broken())
    status, _, body = ask_wsgi(metrics)
    assert (status, body) == ("500 Internal Server Error", b"Internal Server Error\n")


def test_reload_moves_the_server_and_changes_path_and_password(module: ModuleType, metrics: Any) -> None:
    first, second = free_port(), free_port()
    old = module.MetricsConfig(exposition_port=first, basic_auth_username=USER, basic_auth_password=PASSWORD)
    metrics.reload(old)
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


def test_a_reload_that_cannot_listen_changes_nothing(module: ModuleType, metrics: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        metrics.reload(
            module.MetricsConfig(exposition_port=free_port(), basic_auth_username=USER, basic_auth_password=PASSWORD)
        )
        server = metrics.serve()
        before = metrics.config
        with pytest.raises(OSError, match="in use"):
            metrics.reload(module.MetricsConfig(exposition_port=busy.getsockname()[1], enabled=False))
        assert metrics.config is before
        assert ask(server)[0] == 200


class Reloads:
    """Waits for the reloads of a Metrics, without polling."""

    def __init__(self, metrics: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self._event = threading.Semaphore(0)
        reload: Callable[[Any], None] = metrics.reload

        def reported(config: Any) -> None:
            reload(config)
            self._event.release()

        monkeypatch.setattr(metrics, "reload", reported)

    def wait(self) -> None:
        assert self._event.acquire(timeout=20)


def test_watch_follows_a_file_and_keeps_the_old_settings_when_it_is_wrong(
    module: ModuleType,
    metrics: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    path = tmp_path / "metrics.json"
    settings = {"enable_pool_metrics": False, "basic_auth_password": {"env": "SOME_PASSWORD"}}
    path.write_text(json.dumps(settings))
    reloads = Reloads(metrics, monkeypatch)
    with caplog.at_level("ERROR"):
        watcher = metrics.watch(path, interval=0.01)
        reloads.wait()
        assert not metrics.config.enable_pool_metrics
        for wrong in ("{", "[]", '{"enabled": 1}', '{"unknown": true}', '{"exposition_port": 80}'):
            path.write_text(wrong)
            os.utime(path, ns=(1, len(caplog.records)))
            watcher._read()
            assert not metrics.config.enable_pool_metrics
        assert len(caplog.records) >= 5
        replacement = tmp_path / "new.json"
        replacement.write_text("{}")
        replacement.replace(path)
        reloads.wait()
    assert metrics.config.enable_pool_metrics
    watcher.close()
    watcher.close()


def test_watch_reads_again_on_sighup_and_gives_the_old_handler_back(
    metrics: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "metrics.json"
    path.write_text("{}")
    heard: list[int] = []
    before = signal.signal(signal.SIGHUP, lambda number, frame: heard.append(number))
    try:
        own = signal.getsignal(signal.SIGHUP)
        reloads = Reloads(metrics, monkeypatch)
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


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"enabled": 1}, "enabled"),
        ({"exposition_host": "not a host"}, "exposition_host"),
        ({"exposition_port": 80}, "exposition_port"),
        ({"exposition_port": 65536}, "exposition_port"),
        ({"exposition_port": "9090"}, "exposition_port"),
        ({"exposition_port": 8000}, "service's own port"),
        ({"exposition_path": "metrics"}, "exposition_path"),
        ({"scrape_interval_seconds": 0}, "scrape_interval_seconds"),
        ({"scrape_interval_seconds": 3601}, "scrape_interval_seconds"),
        ({"label_cardinality_limit": 99}, "label_cardinality_limit"),
        ({"histogram_buckets": [1]}, "histogram_buckets"),
        ({"histogram_buckets": [1, 1]}, "histogram_buckets"),
        ({"histogram_buckets": [1, float("inf")]}, "histogram_buckets"),
        ({"histogram_buckets": "12"}, "histogram_buckets"),
        ({"basic_auth_username": "ab", "basic_auth_password": PASSWORD}, "basic_auth_username"),
        ({"basic_auth_username": None}, "together"),
        ({"basic_auth_password": None}, "together"),
        ({"basic_auth_password": "short"}, "8 characters"),
    ],
)
def test_a_setting_out_of_its_range_is_told(module: ModuleType, settings: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        module.MetricsConfig(**settings)


def test_the_defaults_are_the_specs(module: ModuleType) -> None:
    ours, theirs = module.MetricsConfig(), model_of(EXAMPLE).config
    for name in ("enabled", "exposition_host", "exposition_port", "exposition_path", "scrape_interval_seconds",
                 "enable_process_metrics", "enable_pool_metrics", "enable_request_metrics", "histogram_buckets",
                 "label_cardinality_limit", "basic_auth_username"):  # fmt: skip
        assert getattr(ours, name) == getattr(theirs, name)
    assert repr(ours.basic_auth_password) == "Secret(env='PROXYWHIRL_METRICS_PASSWORD')"


@given(st.text(min_size=8, alphabet=st.characters(exclude_categories=["Cs"])))
def test_a_password_is_in_no_text_of_the_configuration(module: ModuleType, password: str) -> None:
    unlikely = f"<{password}>"
    config = module.MetricsConfig(basic_auth_password=unlikely)
    shown = [repr(config), str(config), repr(config.basic_auth_password), str(config.basic_auth_password)]
    assert not any(unlikely in text for text in shown)
    assert config.credentials() == (USER, unlikely)


def test_a_password_comes_from_a_file_or_from_pydantic_too(module: ModuleType, tmp_path: Path) -> None:
    from pydantic import SecretStr

    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    from_file = module.MetricsConfig(basic_auth_password=module.Secret(file=str(tmp_path / "password")))
    assert from_file.credentials() == (USER, PASSWORD)
    assert module.MetricsConfig(basic_auth_password=SecretStr(PASSWORD)).credentials() == (USER, PASSWORD)
    missing = module.MetricsConfig(basic_auth_password=module.Secret(file=str(tmp_path / "none")))
    with pytest.raises(ValueError, match="cannot be read"):
        missing.credentials()
