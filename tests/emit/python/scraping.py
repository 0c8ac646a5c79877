"""Asking a generated module's endpoint as its clients do, politely or not."""

from __future__ import annotations

import http.client
import socket
import ssl
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

USER, PASSWORD = "prometheus", "a long pässword"
AUTH = {"basic_auth_username": USER, "basic_auth_password": PASSWORD}
OPEN = {"basic_auth_username": None, "basic_auth_password": None}

PATIENCE = 60
"""Seconds after which a test gives up: no figure of speed, only the end of waiting on a busy machine."""

Answer = tuple[int, dict[str, str], bytes]


def basic(text: str | bytes) -> str:
    return "Basic " + b64encode(text.encode() if isinstance(text, str) else text).decode()


GOOD = {"Authorization": basic(f"{USER}:{PASSWORD}")}


def ask(
    server: Any,
    path: str = "/metrics",
    method: str = "GET",
    headers: dict[str, str] | None = None,
    tls: ssl.SSLContext | None = None,
) -> Answer:
    """One request on a connection of its own, with the right password unless headers are given."""
    if tls is None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    else:
        connection = http.client.HTTPSConnection("127.0.0.1", server.port, timeout=PATIENCE, context=tls)
    try:
        connection.request(method, path, headers=GOOD if headers is None else headers)
        return answer_on(connection)
    finally:
        connection.close()


def answer_on(connection: http.client.HTTPConnection) -> Answer:
    response = connection.getresponse()
    return response.status, dict(response.getheaders()), response.read()


def connect(server: Any) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)


def say(server: Any, content: bytes) -> bytes:
    """All that is answered to these bytes, until the other side closes."""
    with connect(server) as connection:
        connection.sendall(content)
        return heard(connection)


def heard(connection: socket.socket) -> bytes:
    """What comes until the other side closes, be it rudely."""
    pieces = []
    try:
        while piece := connection.recv(65536):
            pieces.append(piece)
    except ConnectionResetError:
        pass
    return b"".join(pieces)


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def serving(module: Any, **config: Any) -> Iterator[tuple[Any, Any]]:
    """Metrics and their server on a free port, without a password unless the settings have one."""
    metrics = module.Metrics(module.MetricsConfig(**{**OPEN, **config}))
    try:
        yield metrics, metrics.serve(host="127.0.0.1", port=0)
    finally:
        metrics.close()
