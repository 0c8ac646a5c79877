"""However a server says that it will not answer so much, or not now, the export adapts and its file is the same."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from gaugewright.export.client import Client
from gaugewright.export.errors import Transient
from gaugewright.export.request import MOST_POINTS
from gaugewright.export.server import Server
from gaugewright.export.source import Region, Source

from tests.export.exporting import HOUR, START, Exporting, asked, folders, stored
from tests.export.fake import Answer, Question, Series, fake, milliseconds, refusal

RESOLUTION = (
    "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)"
)
TIMES = {"start": "1970-01-01T00:00:00Z", "end": "1970-01-02T00:00:00Z", "match[]": "x"}
REFUSALS: dict[str, Answer] = {
    "Prometheus, samples": refusal(422, "query processing would load too many samples into memory in query execution"),
    "Prometheus, points": refusal(400, RESOLUTION, "bad_data"),
    "Prometheus, time": refusal(503, "query timed out in expression evaluation", "timeout"),
    "Prometheus 3, time": refusal(422, "query timed out in expression evaluation"),
    "Mimir, chunks": refusal(422, "the query exceeded the maximum number of chunks (limit: 10 chunks)"),
    "Mimir, length": refusal(400, "the query time range exceeds the limit (query length: 2h, limit: 1h)", "bad_data"),
    "Thanos, samples": refusal(422, "exceeded samples limit: limit 10 violated (got 11)"),
    "VictoriaMetrics, points": refusal(400, "too many points for the given step=1: 40000; cannot exceed 30000", "400"),
    "VictoriaMetrics, samples": refusal(422, "cannot select more than -search.maxSamplesPerQuery=10 samples", "422"),
    "a proxy, size": Answer(413, b"<html>Request Entity Too Large</html>"),
    "a proxy, time": Answer(504, b"<html>Gateway Time-out</html>"),
}


def samples_of(answer: Answer) -> int:
    return sum(len(series["values"]) for series in json.loads(answer.body)["data"]["result"])


@pytest.mark.parametrize("server", REFUSALS)
def test_less_is_asked_for_and_the_file_is_the_same(server: str, tmp_path: Path) -> None:
    refused = []

    def script(question: Question, answer: Answer) -> Answer:
        if not question.is_for_samples or samples_of(answer) <= 100:
            return answer
        refused.append(question)
        return REFUSALS[server]

    one, other = next(folders(tmp_path)), tmp_path
    with fake(stored()) as honest_server:
        undisturbed = Exporting(other, Server(honest_server.url))
        undisturbed.run()
    with fake(stored(), script) as there:
        exporting = Exporting(one, Server(there.url), retry_for=0)
        exporting.run()
    assert refused
    assert exporting.file == undisturbed.file


def test_points_of_a_grid_are_taken_in_parts_where_the_server_gives_fewer(tmp_path: Path) -> None:
    """An hour has 3,600 points, one second apart; this server gives 500."""
    samples = tuple((START + number * 60_000, str(number)) for number in range(60))
    series = [Series({"__name__": "shop_level", "route": route}, samples) for route in ("a", "b")]
    spans = []

    def script(question: Question, answer: Answer) -> Answer:
        if question.path != "/api/v1/query_range":
            return answer
        first, last = (milliseconds(question.fields[name]) for name in ("start", "end"))
        spans.append((last - first) // 1000)
        return answer if spans[-1] <= 500 else refusal(400, RESOLUTION.replace("11,000", "500"), "bad_data")

    def run(folder: Path, **changed: Callable[[Question, Answer], Answer]) -> bytes:
        with fake(series, **changed) as there:
            exporting = Exporting(folder, Server(there.url), retry_for=0)
            wanted = {"series": ("shop_level",), "step_ms": 1000, "end_ms": START + HOUR}
            exporting.run(asked(folder, **wanted))
        return exporting.file

    one, other = next(folders(tmp_path)), tmp_path
    assert run(one, script=script) == run(other)
    assert max(spans) > 500


def test_never_more_points_are_asked_for_than_prometheus_gives(tmp_path: Path) -> None:
    points = []

    def script(question: Question, answer: Answer) -> Answer:
        if question.path == "/api/v1/query_range":
            first, last = (milliseconds(question.fields[name]) for name in ("start", "end"))
            points.append((last - first) // int(question.fields["step"].removesuffix("ms")) + 1)
        return answer

    with fake([], script) as there:
        exporting = Exporting(tmp_path, Server(there.url))
        exporting.run(asked(tmp_path, step_ms=1000, end_ms=START + 100 * HOUR))
    assert 3600 < max(points) <= MOST_POINTS


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("form", ["seconds", "date"])
def test_a_pause_that_the_server_asks_for_is_made(status: int, form: str, tmp_path: Path) -> None:
    """Dates count from the server's own clock, which may be wrong."""
    there = datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)
    date, later = (format_datetime(time, usegmt=True) for time in (there, there + timedelta(seconds=7)))

    def script(question: Question, answer: Answer) -> Answer:
        return refusal(status, "later", Retry_After="7" if form == "seconds" else later, Date=date)

    with fake([], script) as server, pytest.raises(Transient) as raised:
        Client(Server(server.url)).query("/api/v1/labels", TIMES)
    assert raised.value.after == 7.0


@pytest.mark.parametrize("text", ["soon", "-5", "1e9", "", "Wed, 99 Feb 2001 04:05:13 GMT", "٣", "9" * 5000])
def test_a_pause_that_cannot_be_read_is_as_good_as_none(text: str) -> None:
    def script(question: Question, answer: Answer) -> Answer:
        return refusal(503, "later", Retry_After=text.encode().decode("latin-1"))

    with fake([], script) as server, pytest.raises(Transient) as raised:
        Client(Server(server.url)).query("/api/v1/labels", TIMES)
    assert raised.value.after is None


class Waits(threading.Event):
    """Takes no time, and keeps how long was to be waited."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.seconds.append(timeout or 0.0)
        return False


@pytest.mark.parametrize(
    ("asked_for", "least", "most"), [("0", 0.25, 2.0), ("7", 7.0, 7.0), ("99999", 300.0, 300.0), (None, 0.25, 2.0)]
)
def test_pauses_are_as_long_as_asked_but_never_none(
    asked_for: str | None, least: float, most: float, tmp_path: Path
) -> None:
    def script(question: Question, answer: Answer) -> Answer:
        headers = {"Retry_After": asked_for} if asked_for else {}
        return refusal(429, "later", **headers) if question.number < 2 else answer

    stop, said = Waits(), list[str]()
    with fake(stored(), script) as there, closing(Client(Server(there.url))) as client:
        source = Source(client, asked(tmp_path), 60.0, stop, said.append)
        assert source.samples(Region("shop_level", START, START + HOUR))
    assert len(stop.seconds) == len(said) == 2
    assert least <= min(stop.seconds)
    assert max(stop.seconds) <= most


def test_a_server_that_hangs_is_asked_again_and_told_of(tmp_path: Path) -> None:
    """Samples and labels: whatever is asked for, no answer comes in time, until it does."""
    never = threading.Event()
    one, other = next(folders(tmp_path)), tmp_path
    with fake(stored(hours=1)) as there:
        undisturbed = Exporting(other, Server(there.url))
        undisturbed.run(asked(other, end_ms=START + HOUR))

    def script(question: Question, answer: Answer) -> Answer:
        return replace(answer, waits=never) if question.number in (0, 1, 2, 4) else answer

    with fake(stored(hours=1), script) as there:
        exporting = Exporting(one, Server(there.url, timeout=0.2))
        exporting.run(asked(one, end_ms=START + HOUR))
    assert exporting.file == undisturbed.file
    assert sum("no answer in 0.2 s" in text for text in exporting.said) == 4


def test_a_server_that_hangs_for_good_is_given_up(tmp_path: Path) -> None:
    never = threading.Event()
    with fake(stored(), lambda question, answer: replace(answer, waits=never)) as there:
        exporting = Exporting(tmp_path, Server(there.url, timeout=0.2), retry_for=1)
        message = exporting.failure()
    assert "the server gave no answer in 0.2 s; given up after" in message
    assert any("no answer in 0.2 s" in text for text in exporting.said)
