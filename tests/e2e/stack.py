"""Real servers for a test: free ports, processes that end with it, a receiver of notifications, waiting."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode
from urllib.request import urlopen

T = TypeVar("T")

STOP_LIMIT = 10
"""Seconds that a server has to end before it is killed."""


def free_ports(count: int) -> list[int]:
    """Ports of the loopback that nobody listens on, all different."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [int(probe.getsockname()[1]) for probe in probes]


@dataclass(slots=True)
class Stack:
    """The processes of a test. A wait ends at once where one of them has died."""

    folder: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, command: Sequence[object], cwd: Path, **environment: str) -> None:
        """Starts a server, its output in `<name>.log`."""
        with (self.folder / f"{name}.log").open("wb") as log:
            self.running[name] = subprocess.Popen(
                [str(word) for word in command],
                cwd=cwd,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def wait_for(self, what: str, condition: Callable[[], T | None], seconds: float = 30) -> T:
        """The condition's first true value. Fails with the servers' last words after `seconds`."""
        deadline = time.monotonic() + seconds
        tick = threading.Event()
        while True:
            try:
                if found := condition():
                    return found
            except OSError:
                pass  # not listening yet
            dead = [name for name, process in self.running.items() if process.poll() is not None]
            if dead or time.monotonic() > deadline:
                reason = f"{', '.join(dead)} ended" if dead else f"{seconds} s passed"
                raise AssertionError(f"{what}: {reason}\n{self._last_words()}")
            tick.wait(0.1)

    def stop(self) -> None:
        """Ends every process, the last one first."""
        for process in reversed(self.running.values()):
            process.terminate()
        for process in reversed(self.running.values()):
            try:
                process.wait(STOP_LIMIT)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _last_words(self) -> str:
        logs = sorted(self.folder.glob("*.log"))
        return "\n".join(f"--- {log.name}\n{log.read_text(errors='replace')[-3000:]}" for log in logs)


@contextmanager
def stack(folder: Path) -> Iterator[Stack]:
    servers = Stack(folder)
    try:
        yield servers
    finally:
        servers.stop()


def get(url: str, query: Mapping[str, str] | None = None) -> Any:
    """The JSON that is there. Raises OSError (HTTP errors too) where there is none."""
    with urlopen(f"{url}?{urlencode(query)}" if query else url, timeout=5) as response:
        content = response.read()
        return json.loads(content) if "json" in response.headers.get("Content-Type", "") else content.decode()


class Receiver:
    """A web server that keeps what is posted to it, by path."""

    def __init__(self) -> None:
        self.received: list[tuple[str, Any]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.received.append((self.path, json.loads(body)))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, format: str, *args: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def posted_to(self, path: str) -> list[Any]:
        return [body for posted, body in list(self.received) if posted == path]

    def __enter__(self) -> Receiver:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
