"""The endpoint within other servers, the real ones: FastAPI, Starlette and Flask, at a path and below a prefix."""

from __future__ import annotations

import asyncio
import gzip
import http.client
import threading
from collections.abc import Iterator
from types import ModuleType
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient
from flask import Flask
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from tests.emit.python.modules import EXAMPLE, imported, model_of, source_of
from tests.emit.python.scraping import AUTH, GOOD, PATIENCE, answer_on


@pytest.fixture(scope="module")
def module() -> Iterator[ModuleType]:
    with imported(source_of(model_of(EXAMPLE))) as generated:
        yield generated


@pytest.fixture
def metrics(module: ModuleType) -> Any:
    return module.Metrics(module.MetricsConfig(**AUTH))


def fastapi(metrics: Any) -> Any:
    app = FastAPI()
    app.add_route("/metrics", metrics.asgi_app())
    app.get("/hello")(lambda: "hello")
    return app


def starlette(metrics: Any) -> Any:
    return Starlette(routes=[Route("/metrics", metrics.asgi_app()), Route("/hello", hello)])


def hello(request: Any) -> PlainTextResponse:
    return PlainTextResponse("hello")


def below_a_prefix(metrics: Any) -> Any:
    app = FastAPI()
    app.mount("/internal", Starlette(routes=[Mount("/deeper", routes=[Route("/metrics", metrics.asgi_app())])]))
    return app


ASGI = [(fastapi, "/metrics"), (starlette, "/metrics"), (below_a_prefix, "/internal/deeper/metrics")]


@pytest.mark.parametrize(("build", "path"), ASGI, ids=lambda value: getattr(value, "__name__", value))
def test_an_asgi_framework_answers_there_like_the_server_and_does_not_redirect(
    metrics: Any, build: Any, path: str
) -> None:
    with TestClient(build(metrics), follow_redirects=False) as client:
        answer = client.get(path, headers=GOOD)
        assert (answer.status_code, "proxywhirl_pool_size" in answer.text) == (200, True)
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        head = client.head(path, headers=GOOD)
        assert (head.status_code, head.content) == (200, b"")
        refused = client.get(path)
        assert (refused.status_code, refused.headers["www-authenticate"][:5]) == (401, "Basic")
        posted = client.post(path, headers=GOOD, content=b"x" * 100)
        assert (posted.status_code, posted.headers["allow"]) == (405, "GET, HEAD")


def test_fastapi_goes_on_beside_it(metrics: Any) -> None:
    with TestClient(fastapi(metrics)) as client:
        assert client.get("/hello").json() == "hello"
        assert "/metrics" not in client.get("/openapi.json").json()["paths"]


def test_mounted_as_an_application_it_answers_on_every_path_below(metrics: Any) -> None:
    app = FastAPI()
    app.mount("/metrics", metrics.asgi_app())
    with TestClient(app, follow_redirects=False) as client:
        assert client.get("/metrics/", headers=GOOD).status_code == 200


def test_a_slow_scrape_does_not_block_the_event_loop(metrics: Any) -> None:
    """The collector waits for what only another request to the same event loop brings."""
    other_was_answered, waits = threading.Event(), threading.Event()

    class Waiting:
        def collect(self) -> Iterator[Any]:
            waits.set()
            assert other_was_answered.wait(PATIENCE)
            return iter(())

    app = fastapi(metrics)

    def unblock() -> str:
        other_was_answered.set()
        return "unblocked"

    app.get("/unblock")(unblock)
    other_was_answered.set()
    metrics.registry.register(Waiting())
    other_was_answered.clear()
    waits.clear()
    with running(app) as port:
        statuses: list[int] = []
        scraping = threading.Thread(target=lambda: statuses.append(get(port, "/metrics")[0]))
        scraping.start()
        assert waits.wait(PATIENCE)
        assert get(port, "/unblock")[0] == 200
        scraping.join(PATIENCE)
        assert statuses == [200]


class running:
    """A uvicorn in a thread, on a free port, for the `with` block."""

    def __init__(self, app: Any) -> None:
        config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", lifespan="on")
        self._server = uvicorn.Server(config)
        self._started = threading.Event()
        startup = self._server.startup

        async def reported(*args: Any, **kwargs: Any) -> None:
            await startup(*args, **kwargs)
            self._started.set()

        self._server.startup = reported  # type: ignore[method-assign]
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> int:
        self._thread.start()
        assert self._started.wait(PATIENCE)
        return int(self._server.servers[0].sockets[0].getsockname()[1])

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(PATIENCE)


def get(port: int, path: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", path, headers=GOOD)
        return answer_on(connection)
    finally:
        connection.close()


def test_uvicorn_serves_the_application_alone(metrics: Any) -> None:
    with running(metrics.asgi_app()) as port:
        status, headers, body = get(port, "/metrics")
        assert (status, int(headers["content-length"])) == (200, len(body))


@pytest.mark.parametrize("prefix", ["/metrics", "/internal/metrics"])
def test_flask_answers_there_like_the_server(metrics: Any, prefix: str) -> None:
    app = Flask("shop")
    app.add_url_rule("/hello", view_func=lambda: "hello", endpoint="hello")
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {prefix: metrics.wsgi_app()})  # type: ignore[method-assign]
    client = app.test_client()
    answer = client.get(prefix, headers=GOOD)
    assert (answer.status_code, b"proxywhirl_pool_size" in answer.data) == (200, True)
    head = client.head(prefix, headers=GOOD)
    assert (head.status_code, head.data, int(head.headers["Content-Length"]) > 1000) == (200, b"", True)
    assert client.get(prefix).status_code == 401
    assert client.post(prefix, headers=GOOD).headers["Allow"] == "GET, HEAD"
    assert client.get("/hello").data == b"hello"


# The protocols themselves


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
    start, body = ask_asgi(metrics, {**scope, "method": "HEAD", "headers": []})
    assert (start["status"], body["body"]) == (401, b"")


def test_the_asgi_application_lives_by_itself_and_refuses_websockets(metrics: Any) -> None:
    sent = ask_asgi(metrics, {"type": "lifespan"}, {"type": "lifespan.startup"}, {"type": "lifespan.shutdown"})
    assert [message["type"] for message in sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert ask_asgi(metrics, {"type": "websocket"})[0]["type"] == "websocket.close"
