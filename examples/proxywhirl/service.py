"""ProxyWhirl in small: a WSGI service that pretends to send requests through proxies, and counts them.

It shows the generated module at work: typed calls, a timer, gauges, the maintenance switch, and the
metrics endpoint with its password. What a request meets is chosen by its caller, so that errors can be
provoked: `/proxy?pool=us-east&status=error&seconds=2`.
"""

from __future__ import annotations

import argparse
import signal
import threading
from collections.abc import Iterable
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Literal, get_args
from urllib.parse import parse_qs
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from proxywhirl_metrics import Metrics, Pool, Region, Status

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

REGIONS: dict[Pool, Region] = {"us-east": "us", "us-west": "us", "eu-central": "eu", "ap-south": "ap"}
POOL_SIZE = 20


class ProxyWhirl:
    """The service: its pools, and the WSGI application that answers for them."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        for pool in REGIONS:
            metrics.pool_size.set(POOL_SIZE, pool=pool)
            metrics.pool_healthy.set(POOL_SIZE, pool=pool)
            metrics.circuit_breakers.set(POOL_SIZE, pool=pool, state="closed")

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        query = {name: values[-1] for name, values in parse_qs(environ.get("QUERY_STRING", "")).items()}
        try:
            answer = self._answer(environ["PATH_INFO"], query)
        except ValueError as error:
            start_response("400 Bad Request", [("Content-Type", "text/plain; charset=utf-8")])
            return [f"{error}\n".encode()]
        start_response("200 OK" if answer else "404 Not Found", [("Content-Type", "text/plain; charset=utf-8")])
        return [(answer or "Not found\n").encode()]

    def _answer(self, path: str, query: dict[str, str]) -> str | None:
        if path == "/proxy":
            return self.proxy(
                known_pool(query.get("pool", "us-east")),
                known_status(query.get("status", "success")),
                float(query.get("seconds", "0.05")),
            )
        if path == "/health":
            return self.health(known_pool(query.get("pool", "us-east")), int(query.get("healthy", POOL_SIZE)))
        if path == "/fetch":
            return self.fetch(query.get("source", "free-list"), int(query.get("proxies", "10")))
        if path == "/maintenance":
            return self.maintenance(query.get("mode", "on") == "on")
        return None

    def proxy(self, pool: Pool, status: Status, seconds: float) -> str:
        """One request through a proxy of the pool, which ends as the caller asks."""
        metrics = self._metrics
        metrics.rotations_total.inc(pool=pool, strategy="round_robin")
        metrics.requests_total.inc(pool=pool, region=REGIONS[pool], status=status)
        metrics.request_duration_seconds.observe(seconds, pool=pool)
        if status != "success":
            reason: Literal["timeout", "connect"] = "timeout" if status == "timeout" else "connect"
            metrics.request_retries_total.inc(pool=pool, reason=reason)
        return f"{status} through {pool}\n"

    def health(self, pool: Pool, healthy: int) -> str:
        """A health check that finds so many proxies of the pool in order."""
        self._metrics.health_checks_total.inc(pool=pool, status="success" if healthy else "error")
        self._metrics.pool_healthy.set(healthy, pool=pool)
        return f"{healthy} of {POOL_SIZE} are healthy in {pool}\n"

    def fetch(self, source: str, proxies: int) -> str:
        """New proxies from a public source. A source whose name is an address is counted as redacted."""
        self._metrics.fetched_proxies_total.inc(proxies, source=source)
        self._metrics.last_fetch_timestamp_seconds.set_to_current_time(source=source)
        return f"{proxies} proxies fetched\n"

    def maintenance(self, on: bool) -> str:
        """Mutes the alerts that stand back during maintenance."""
        self._metrics.maintenance_mode.set(on)
        return f"maintenance is {'on' if on else 'off'}\n"


def known_pool(text: str) -> Pool:
    """The pool of this name. Raises ValueError where there is none."""
    for pool in REGIONS:
        if text == pool:
            return pool
    raise ValueError(f"there is no pool of that name; there are {', '.join(REGIONS)}")


def known_status(text: str) -> Status:
    """The way of ending of this name. Raises ValueError where there is none."""
    statuses: tuple[Status, ...] = get_args(Status)
    for status in statuses:
        if text == status:
            return status
    raise ValueError(f"there is no status of that name; there are {', '.join(statuses)}")


class ThreadedServer(ThreadingMixIn, WSGIServer):
    """A thread a request."""

    daemon_threads = True


class QuietHandler(WSGIRequestHandler):
    """Does not print every request."""

    def log_message(self, format: str, *args: object) -> None:
        return


def main() -> None:
    parser = argparse.ArgumentParser(description="A small service with generated metrics.")
    parser.add_argument("--port", type=int, default=8000, help="where the service listens (0: any free port)")
    parser.add_argument("--metrics-config", help="a JSON file of settings to follow while running")
    arguments = parser.parse_args()

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())

    metrics = Metrics()
    if arguments.metrics_config:
        metrics.watch(arguments.metrics_config)
    app = ProxyWhirl(metrics)
    with (
        metrics.serve() as endpoint,
        make_server("127.0.0.1", arguments.port, app, ThreadedServer, QuietHandler) as server,
    ):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(f"http://127.0.0.1:{server.server_port} with metrics on port {endpoint.port}", flush=True)
        stop.wait()
        server.shutdown()
    metrics.close()


if __name__ == "__main__":
    main()
