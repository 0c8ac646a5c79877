"""A real Prometheus on the loopback that holds the data sets and answers queries."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from gaugewright.model.rules import RecordingRule

from tests.differential.data_sets import SAMPLES, STEP, DataSet, Labels
from tests.differential.remote_write import write_request
from tests.differential.subject import FEATURES
from tests.e2e.stack import free_ports, stack


class Sample(NamedTuple):
    labels: dict[str, str]
    value: float


class Answer(NamedTuple):
    """What a query gave at one time. `error`: the engine's words where it gave nothing."""

    time: int
    samples: tuple[Sample, ...] = ()
    error: str = ""


class EngineError(Exception):
    """The engine refused what it should take."""


class Engine:
    """Questions to a server that runs."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=30)

    def close(self) -> None:
        self._connection.close()

    def is_ready(self) -> bool:
        return self._ask("GET", "/-/ready")[0] == 200

    def store(self, series: Mapping[Labels, Sequence[tuple[int, float | None]]]) -> None:
        """Samples at times in milliseconds."""
        headers = {"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf"}
        status, content = self._ask("POST", "/api/v1/write", write_request(series), headers)
        if status not in (200, 204):
            raise EngineError(content.decode())

    def answers(self, query: str, times: range) -> list[Answer]:
        """The query's answer at each time. Where there is an error at some, the others are asked one by one."""
        reply = self._query("query_range", query, start=times.start, end=times[-1], step=times.step)
        if reply["status"] == "success":
            return _at_each_time(reply["data"]["result"], times)
        return [self.answer(query, time) for time in times]

    def answer(self, query: str, time: int) -> Answer:
        """At one time."""
        reply = self._query("query", query, time=time)
        if reply["status"] != "success":
            return Answer(time, error=reply["error"])
        kind, result = reply["data"]["resultType"], reply["data"]["result"]
        if kind == "scalar":
            return Answer(time, (Sample({}, float(result[1])),))
        return Answer(time, tuple(Sample(one["metric"], _value(one, "value")) for one in result))

    def _query(self, what: str, query: str, **parameters: int) -> Any:
        body = urlencode({"query": query, **parameters})
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        status, content = self._ask("POST", f"/api/v1/{what}", body.encode(), headers)
        if status >= 500 and status != 503:
            raise EngineError(content.decode())
        return json.loads(content)

    def _ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        try:
            self._connection.request(method, path, body, headers or {})
            response = self._connection.getresponse()
            return response.status, response.read()
        except OSError:
            self._connection.close()
            raise


def _value(series: Any, key: str) -> float:
    """A sample's number. No data set has native histograms, so no answer may."""
    return float(series[key][1])


def _at_each_time(result: list[Any], times: range) -> list[Answer]:
    found: dict[int, list[Sample]] = {time: [] for time in times}
    for series in result:
        for time, value in series["values"]:
            found[int(time)].append(Sample(series["metric"], float(value)))
    return [Answer(time, tuple(samples)) for time, samples in found.items()]


@contextmanager
def engine(program: Path, folder: Path) -> Iterator[Engine]:
    """Starts the server with an empty store in `folder`, and ends it."""
    (folder / "prometheus.yml").write_text("global: {scrape_interval: 15s, evaluation_interval: 15s}\n", "utf-8")
    [port] = free_ports(1)
    command = [
        program, "--config.file=prometheus.yml", "--storage.tsdb.path=data", f"--web.listen-address=127.0.0.1:{port}",
        "--web.enable-remote-write-receiver", "--log.level=warn", f"--enable-feature={','.join(FEATURES)}",
    ]  # fmt: skip
    with stack(folder) as servers:
        servers.start("prometheus", command, folder)
        found = Engine(port)
        servers.wait_for("Prometheus", found.is_ready)
        yield found
        found.close()


def load(server: Engine, found: DataSet, rules: Sequence[RecordingRule]) -> None:
    """Stores a data set, and what the recording rules make of it, as one group would at every sample's time.

    What they make becomes a part of the data set."""
    server.store({labels: _timed(found, points) for labels, points in found.series.items()})
    times = range(found.start, found.end + 1, STEP)
    for rule in rules:
        for answer in server.answers(rule.query.text, times):
            if answer.error:
                raise EngineError(f"{rule.name}: {answer.error}")
            for sample in answer.samples:
                labels = {**sample.labels, **rule.labels, "__name__": rule.name}
                key = tuple(sorted((name, value) for name, value in labels.items() if value))
                found.series.setdefault(key, {})[(answer.time - found.start) // STEP] = sample.value
        recorded = {labels: points for labels, points in found.series.items() if dict(labels)["__name__"] == rule.name}
        for points in recorded.values():
            for number in [n + 1 for n in points if n + 1 not in points and n + 1 < SAMPLES]:
                points[number] = None
        server.store({labels: _timed(found, points) for labels, points in recorded.items()})


def _timed(found: DataSet, points: Mapping[int, float | None]) -> list[tuple[int, float | None]]:
    return [((found.start + number * STEP) * 1000, value) for number, value in sorted(points.items())]
