"""A slow, rude or numerous client keeps neither Prometheus nor the service waiting; what it takes is bounded."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from queue import Queue
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.emit.python.modules import EXAMPLE, imported, model_of, source_of
from tests.emit.python.scraping import AUTH, GOOD, PATIENCE, ask, connect, heard, say, serving, status_of

REQUEST = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"
LAST = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


@pytest.fixture(scope="module")
def module() -> Iterator[ModuleType]:
    with imported(source_of(model_of(EXAMPLE))) as generated:
        yield generated


@pytest.fixture(scope="module")
def server(module: ModuleType) -> Iterator[Any]:
    with serving(module) as (_, running):
        yield running


def test_a_scrape_is_answered_among_many_clients_that_send_a_byte_now_and_then(server: Any) -> None:
    with ExitStack() as stack:
        slow = [stack.enter_context(connect(server)) for _ in range(200)]
        for byte in (b"G", b"E", b"T"):
            for connection in slow:
                connection.sendall(byte)
            assert ask(server)[0] == 200


def test_more_clients_than_may_be_connected_put_the_oldest_out_and_a_scrape_is_answered(
    module: ModuleType, server: Any
) -> None:
    with ExitStack() as stack:
        first = stack.enter_context(connect(server))
        first.sendall(b"GET /metr")
        for _ in range(module._MOST_CLIENTS + 50):
            stack.enter_context(connect(server)).sendall(b"G")
        assert ask(server)[0] == 200
        assert len(server._endpoint._clients) <= module._MOST_CLIENTS
        assert heard(first) == b""


def test_who_has_not_asked_in_time_is_put_out_however_many_bytes_came(
    module: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The deadline is that of the whole request, so a byte does not put it off."""
    monkeypatch.setitem(module._PATIENCE, "asking", 0.5)
    with serving(module) as (_, server), connect(server) as connection:
        ended = threading.Event()

        def drip() -> None:
            try:
                while not ended.wait(0.02):
                    connection.sendall(b"x")
            except OSError:
                ended.set()

        dripping = threading.Thread(target=drip)
        dripping.start()
        assert heard(connection) == b""
        ended.set()
        dripping.join(PATIENCE)


def test_who_does_not_take_its_answer_is_put_out_and_keeps_nobody_waiting(
    module: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(module._PATIENCE, "reading", 0.5)
    put_out: Queue[Any] = Queue()
    close = module._Endpoint._close

    def reported(endpoint: Any, client: Any) -> None:
        peer = None
        with suppress(OSError):  # it may be gone
            peer = client.connection.getpeername()
        close(endpoint, client)
        put_out.put(peer)

    with serving(module) as (metrics, server), ExitStack() as stack:
        metrics.registry.register(Large(module, 30_000_000))
        assert len(ask(server)[2]) > 30_000_000
        monkeypatch.setattr(module._Endpoint, "_close", reported)
        lazy = [stack.enter_context(connect(server)) for _ in range(3)]
        for connection in lazy:
            connection.sendall(REQUEST)
        # The one that took its answer may be found gone only now.
        waiting = {connection.getsockname() for connection in lazy}
        while waiting:
            waiting.discard(put_out.get(timeout=PATIENCE))
        for connection in lazy:
            assert len(heard(connection)) < 30_000_000


class Large:
    """A collector whose help text makes any exposition as large as one likes."""

    def __init__(self, module: ModuleType, size: int) -> None:
        self._family = module.Metric("large", "x" * size, "gauge")

    def collect(self) -> Iterator[Any]:
        yield self._family


def test_answers_that_nobody_takes_hold_a_bounded_memory(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those who read longest are put out where more than so many bytes wait."""
    monkeypatch.setattr(module, "_MOST_IN_SENDING", 40_000_000)
    with serving(module) as (metrics, server), ExitStack() as stack:
        metrics.registry.register(Large(module, 15_000_000))
        lazy = [stack.enter_context(connect(server)) for _ in range(6)]
        for connection in lazy:
            connection.sendall(REQUEST)
            connection.recv(1)  # the answer is on its way
        assert len(server._endpoint._clients) <= 3
        assert len(ask(server)[2]) > 15_000_000


def test_ten_thousand_connections_one_after_the_other_leave_nothing_behind(server: Any) -> None:
    before = threads_and_files()
    for _ in range(10_000):
        with connect(server) as connection:
            connection.sendall(b"GET /-/healthy HTTP/1.0\r\n\r\n")
            assert connection.recv(15) == b"HTTP/1.1 200 OK"
    assert ask(server)[0] == 200
    assert threads_and_files() <= (before[0], before[1] + 5)  # the last ones may still be closing


def threads_and_files() -> tuple[int, int]:
    files = Path("/proc/self/fd")
    return threading.active_count(), len(list(files.iterdir())) if files.exists() else 0


def test_two_hundred_at_once_are_all_answered(server: Any) -> None:
    start = threading.Barrier(200)
    statuses: list[int] = []

    def scrape() -> None:
        start.wait(PATIENCE)
        statuses.append(ask(server)[0])

    threads = [threading.Thread(target=scrape) for _ in range(200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert statuses == [200] * 200


def test_the_endpoint_has_the_same_few_threads_whoever_comes(server: Any) -> None:
    before = threading.active_count()
    with ExitStack() as stack:
        for _ in range(100):
            stack.enter_context(connect(server)).sendall(b"GET ")
        assert ask(server)[0] == 200
        assert threading.active_count() == before


def test_a_collector_that_hangs_keeps_health_and_refusals_answered(module: ModuleType) -> None:
    goes_on = threading.Event()
    hangs = threading.Semaphore(0)

    class Hanging:
        def collect(self) -> Iterator[Any]:
            hangs.release()
            goes_on.wait(PATIENCE)
            return iter(())

    with serving(module) as (metrics, server):
        metrics.registry.register(Hanging())
        goes_on.clear()
        with connect(server) as first, connect(server) as second:
            for connection in (first, second):
                connection.sendall(LAST)
                assert hangs.acquire(timeout=PATIENCE)
            assert ask(server, "/-/healthy", headers={})[0] == 200
            assert ask(server, "/elsewhere")[0] == 404
            goes_on.set()
            assert status_of(heard(first)) == 200
            assert status_of(heard(second)) == 200


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /metrics HTTP/1.1\r\nHost: x\r\nX-Large: " + b"x" * 20_000 + b"\r\n\r\n", 431),
        (b"GET /metrics HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 4000 + b"\r\n", 431),
        (b"GET /" + b"x" * 9_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"GET /" + b"x" * 30_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"GET /metrics HTTP/1.1\r\n\r\n", 400),
        (b"GET /metrics HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400),
        (b"GET /metrics HTTP/1.1\r\nHost : x\r\n\r\n", 400),
        (b"GET /metrics HTTP/1.1\r\nHost: x\r\n folded: y\r\n\r\n", 400),
        (b"GET /metrics HTTP/1.1\r\nno header\r\n\r\n", 400),
        (b"GET /metrics\r\n\r\n", 400),
        (b"GET  HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"G\xc3\x84T /metrics HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET /\x00 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n", 400),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        (b"GET /metrics HTTP/1.0\r\n\r\n", 200),
        (b"\r\n\r\nGET /metrics HTTP/1.0\n\n", 200),
        (b"GET http://localhost:1/metrics HTTP/1.1\r\nHost: x\r\nConnection: Close\r\n\r\n", 200),
        (b"GET /%6detrics?name%5B%5D=up HTTP/1.0\r\n\r\n", 200),
        (b"BREW /metrics HTTP/1.0\r\n\r\n", 405),
        (b"CONNECT localhost:443 HTTP/1.0\r\n\r\n", 404),
        (b"OPTIONS * HTTP/1.0\r\n\r\n", 404),
    ],
    ids=lambda value: str(value)[:40],
)
def test_each_strange_request_has_its_answer(server: Any, request_: bytes, status: int) -> None:
    assert status_of(say(server, request_)) == status


@given(st.binary(min_size=1, max_size=400))
def test_no_bytes_stop_the_endpoint_or_get_metrics(server: Any, content: bytes) -> None:
    with connect(server) as connection:
        connection.sendall(content)
        connection.shutdown(socket.SHUT_WR)
        assert b"proxywhirl" not in heard(connection)
    assert ask(server, "/-/healthy", headers={})[0] == 200


@given(st.data())
def test_a_request_in_pieces_is_the_same_request(server: Any, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(1, len(LAST) - 1), max_size=5)))
    with connect(server) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start, end in zip([0, *cuts], [*cuts, len(LAST)], strict=True):
            connection.sendall(LAST[start:end])
        assert status_of(heard(connection)) == 200


def test_a_client_that_only_closed_its_half_is_answered(server: Any) -> None:
    with connect(server) as connection:
        connection.sendall(REQUEST)
        connection.shutdown(socket.SHUT_WR)
        assert heard(connection).endswith(b"\n")


def test_a_connection_is_kept_for_the_next_request_and_takes_several_at_once(server: Any) -> None:
    with connect(server) as connection:
        connection.sendall(REQUEST)
        assert b"200 OK" in connection.recv(64)
        connection.sendall(b"HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 3 + LAST)
        assert heard(connection).count(b"HTTP/1.1 200 OK") == 4


def test_a_thousand_requests_at_once_on_one_connection_are_answered_beside_others(server: Any) -> None:
    request = b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n"
    with connect(server) as connection:
        sending = threading.Thread(target=connection.sendall, args=(request * 1000 + LAST,))
        sending.start()
        assert ask(server)[0] == 200
        assert heard(connection).count(b"HTTP/1.1 200 OK") == 1001
        sending.join(PATIENCE)


@pytest.mark.parametrize("body", [b"Content-Length: 200000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n"])
def test_a_body_that_nobody_wants_does_not_destroy_the_answer(server: Any, body: bytes) -> None:
    """To close on unread bytes resets the connection, and the client would lose the answer to that."""
    content = b"POST /metrics HTTP/1.1\r\nHost: x\r\n" + body + b"x" * 200_000
    assert status_of(say(server, content)) == 405


def test_the_headers_of_an_answer_say_nothing_of_the_program(server: Any) -> None:
    _, headers, _ = ask(server)
    assert set(headers) == {"Date", "Content-Type", "Content-Length", "Vary"}


def test_the_health_path_is_open_and_says_nothing_else(module: ModuleType) -> None:
    with serving(module, **AUTH) as (_, server):
        assert ask(server, "/-/healthy", headers={})[::2] == (200, b"OK\n")
        assert ask(server, "/-/healthy", "HEAD", headers={})[::2] == (200, b"")
        status, headers, _ = ask(server, "/-/healthy", "POST", headers={})
        assert (status, headers["Allow"]) == (405, "GET, HEAD")
        assert ask(server, headers={})[0] == 401
        assert ask(server, headers=GOOD)[0] == 200


def test_a_forked_process_lets_the_port_go_and_the_parent_serves_on(tmp_path: Path) -> None:
    """As a server with workers forks: a child that held the port would keep it after a restart."""
    (tmp_path / "proxywhirl_metrics.py").write_text(source_of(model_of(EXAMPLE)))
    script = """
import os, socket, sys
from proxywhirl_metrics import Metrics, MetricsConfig
metrics = Metrics(MetricsConfig(basic_auth_username=None, basic_auth_password=None))
server = metrics.serve(host="127.0.0.1", port=0)
address = ("127.0.0.1", server.port)
waits, tells = os.pipe()
child = os.fork()
if child == 0:
    os.read(waits, 1)  # until the parent has closed its own
    socket.create_server(address).close()
    os._exit(0)
with socket.create_connection(address) as connection:
    connection.sendall(b"GET /metrics HTTP/1.0\\r\\n\\r\\n")
    assert connection.recv(15) == b"HTTP/1.1 200 OK"
metrics.close()
os.write(tells, b".")
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_out_of_file_descriptors_the_endpoint_rests_and_then_goes_on(tmp_path: Path) -> None:
    """The service's files can run out without the endpoint spinning, dying or raising."""
    (tmp_path / "proxywhirl_metrics.py").write_text(source_of(model_of(EXAMPLE)))
    script = """
import resource, socket
from proxywhirl_metrics import Metrics, MetricsConfig
metrics = Metrics(MetricsConfig(basic_auth_username=None, basic_auth_password=None))
server = metrics.serve(host="127.0.0.1", port=0)
client = socket.socket()
resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))
taken = []
try:
    while True:
        taken.append(open("/dev/null"))
except OSError:
    pass
client.connect(("127.0.0.1", server.port))
client.sendall(b"GET /-/healthy HTTP/1.0\\r\\n\\r\\n")
while not server._endpoint._resting_until:
    client.settimeout(0.05)
    try:
        client.recv(1)
    except TimeoutError:
        pass
for file in taken:
    file.close()
client.settimeout(60)
print(client.recv(15).decode())
metrics.close()
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert (done.stdout, done.stderr, done.returncode) == ("HTTP/1.1 200 OK\n", "", 0)
