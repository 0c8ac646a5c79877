"""A server of our own that answers as a Prometheus does, and misbehaves where a test's script says so.

It reads just the selectors that exports write. Its `script` sees each question with the honest answer to it, and gives
the answer that is sent: that one, or another.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
RAW = re.compile(r"(.*)\[([0-9]+)ms\]", re.DOTALL)
MATCHER = re.compile(r'("(?:[^"\\]|\\.)*"|[A-Za-z_][A-Za-z0-9_]*)(=~|!~|!=|=)("(?:[^"\\]|\\.)*")(?:,|$)')


@dataclass(frozen=True, slots=True)
class Series:
    """`samples` are milliseconds and the value as Prometheus writes it, in the order of time."""

    labels: Mapping[str, str]
    samples: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Question:
    """`number` counts the server's questions from 0."""

    number: int
    path: str
    fields: Mapping[str, str]
    headers: Mapping[str, str]

    @property
    def is_for_samples(self) -> bool:
        return self.path in ("/api/v1/query", "/api/v1/query_range")


@dataclass(frozen=True, slots=True)
class Answer:
    """`sent` is how many bytes of the body go out before the connection is closed; None for all of them.
    `waits`: it is kept back until this is set (or the server is closed). `reason` stands behind the status."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    sent: int | None = None
    waits: threading.Event | None = None
    reason: str | None = None


Script = Callable[[Question, Answer], Answer]


def honest(question: Question, answer: Answer) -> Answer:
    return answer


def refusal(status: int, error: str = "", kind: str = "execution", **headers: str) -> Answer:
    """As Prometheus says no."""
    body = json.dumps({"status": "error", "errorType": kind, "error": error}).encode()
    return Answer(status, body, tuple((name.replace("_", "-"), text) for name, text in headers.items()))


def retold(answer: Answer, change: Callable[[dict[str, Any]], None]) -> Answer:
    """The answer with its JSON changed."""
    content = json.loads(answer.body)
    change(content)
    return replace(answer, body=json.dumps(content, separators=(",", ":")).encode())


@dataclass(slots=True)
class Fake:
    """`most_samples` is the limit beyond which a query is refused, as by `--query.max-samples`."""

    url: str
    series: list[Series]
    script: Script = honest
    most_samples: int = 50_000_000
    asked: list[Question] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, path: str, fields: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        with self._lock:
            question = Question(len(self.asked), path, fields, headers)
            self.asked.append(question)
        return self.script(question, self._honest(question))

    def _honest(self, question: Question) -> Answer:
        fields = question.fields
        if question.path == "/api/v1/query":
            found = RAW.fullmatch(fields["query"])
            assert found, fields["query"]
            last = milliseconds(fields["time"])
            return self._matrix(chosen(self.series, found[1], last - int(found[2]) + 1, last))
        if question.path == "/api/v1/query_range":
            first, last = milliseconds(fields["start"]), milliseconds(fields["end"])
            step = int(fields["step"].removesuffix("ms"))
            return self._matrix([on_grid(one, first, last, step) for one in chosen(self.series, fields["query"])])
        first, last = milliseconds(fields["start"]), milliseconds(fields["end"])
        there = chosen(self.series, fields["match[]"], first, last)
        if question.path == "/api/v1/labels":
            return listing(name for one in there for name in one.labels)
        found = re.fullmatch("/api/v1/label/([^/]+)/values", question.path)
        assert found, question.path
        label = unescaped(found[1])
        return listing(one.labels[label] for one in there if label in one.labels)

    def _matrix(self, series: list[Series]) -> Answer:
        if sum(len(one.samples) for one in series) > self.most_samples:
            return refusal(422, "query processing would load too many samples into memory in query execution")
        result = [
            {"metric": dict(one.labels), "values": [[time / 1000, text] for time, text in one.samples]}
            for one in series
            if one.samples
        ]
        return success({"resultType": "matrix", "result": result})


def success(data: Any) -> Answer:
    # Go writes 1.5 and 1, never 1.0.
    body = re.sub(r"(\[[0-9]+)\.0,", r"\1,", json.dumps({"status": "success", "data": data}, separators=(",", ":")))
    return Answer(200, body.encode(), (("Content-Type", "application/json"),))


def listing(names: Iterator[str]) -> Answer:
    return success(sorted(set(names)))


def chosen(series: list[Series], selector: str, first: int | None = None, last: int | None = None) -> list[Series]:
    """The series that the selector finds; with times, those with samples in between, and only these samples."""
    name, brace, rest = selector.partition("{")
    matchers = [*MATCHER.finditer(rest[:-1])] if brace else []
    assert "".join(found[0] for found in matchers) == rest[:-1], selector
    met = [one for one in series if one.labels["__name__"] == name and all(meets(one, found) for found in matchers)]
    if first is None or last is None:
        return met
    cut = [replace(one, samples=tuple(pair for pair in one.samples if first <= pair[0] <= last)) for one in met]
    return [one for one in cut if one.samples]


def meets(series: Series, matcher: re.Match[str]) -> bool:
    label = json.loads(matcher[1]) if matcher[1].startswith('"') else matcher[1]
    value, wanted = series.labels.get(label, ""), json.loads(matcher[3], strict=False)
    found = re.fullmatch(wanted, value) is not None if matcher[2].endswith("~") else value == wanted
    return found != matcher[2].startswith("!")


def on_grid(series: Series, first: int, last: int, step: int) -> Series:
    """At each step the last sample of five minutes."""
    points = []
    for at in range(first, last + 1, step):
        before = [text for time, text in series.samples if at - 300_000 < time <= at]
        points += [(at, text) for text in before[-1:]]
    return replace(series, samples=tuple(points))


def unescaped(label: str) -> str:
    """What Prometheus reads in a path: `U__my_2e_label` is `my.label`."""
    if not label.startswith("U__"):
        return unquote(label)
    return re.sub("_([0-9a-f]*)_", lambda found: chr(int(found[1], 16)) if found[1] else "_", label[3:])


def milliseconds(text: str) -> int:
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(milliseconds=1)


@contextmanager
def fake(series: list[Series], script: Script = honest, most_samples: int = 50_000_000) -> Iterator[Fake]:
    """The server, until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # headers and body are two packets, of which the second must not wait

        def do_GET(self) -> None:
            self._say(dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True)))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self._say(dict(parse_qsl(body.decode(), keep_blank_values=True)))

        def _say(self, fields: dict[str, str]) -> None:
            answer = one.answer(urlsplit(self.path).path, fields, dict(self.headers))
            while answer.waits is not None and not one.closing.is_set() and not answer.waits.wait(0.05):
                pass
            try:
                self._send(answer)
            except OSError:
                self.close_connection = True  # they did not wait for it

        def _send(self, answer: Answer) -> None:
            self.send_response_only(answer.status, answer.reason)
            for name, text in answer.headers:
                self.send_header(name, text)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body[: answer.sent])
            if answer.sent is not None:
                self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    one = Fake(f"http://127.0.0.1:{server.server_address[1]}", series, script, most_samples)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield one
    finally:
        one.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
