"""A server that cuts its answers, lies or is not there: nothing false is written, and nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from gaugewright.export.errors import ExportError
from gaugewright.export.server import Server

from tests.export.exporting import HOUR, Exporting, folders, stored
from tests.export.fake import Answer, Question, fake, refusal, retold


def first_series(content: dict[str, Any]) -> dict[str, Any]:
    series: dict[str, Any] = content["data"]["result"][0]
    return series


def late(content: dict[str, Any]) -> None:
    first_series(content)["values"][-1][0] += 24 * HOUR / 1000


def early(content: dict[str, Any]) -> None:
    first_series(content)["values"][0][0] -= 24 * HOUR / 1000


def out_of_order(content: dict[str, Any]) -> None:
    first_series(content)["values"].reverse()


def twice(content: dict[str, Any]) -> None:
    values = first_series(content)["values"]
    values[1] = values[0]


def series_twice(content: dict[str, Any]) -> None:
    content["data"]["result"].append(first_series(content))


def another_series(content: dict[str, Any]) -> None:
    first_series(content)["metric"]["__name__"] = "another"


def no_number(content: dict[str, Any]) -> None:
    first_series(content)["values"][3][1] = "1_0"


def no_time(content: dict[str, Any]) -> None:
    first_series(content)["values"][3][0] = "soon"


def between_milliseconds(content: dict[str, Any]) -> None:
    first_series(content)["values"][3][0] += 0.0004


def warned(content: dict[str, Any]) -> None:
    content["warnings"] = ["a store did not answer"]


def partial(content: dict[str, Any]) -> None:
    content["isPartial"] = True


def a_vector(content: dict[str, Any]) -> None:
    content["data"] = {"resultType": "vector", "result": []}


def no_success(content: dict[str, Any]) -> None:
    content["status"] = "error"


LIES: dict[str, Callable[[Answer], Answer]] = {
    "cut": lambda answer: replace(answer, sent=len(answer.body) // 2),
    "nothing": lambda answer: replace(answer, sent=0),
    "truncated JSON": lambda answer: replace(answer, body=answer.body[:-2]),
    "no JSON": lambda answer: replace(answer, body=b"<html>welcome</html>"),
    "no text": lambda answer: replace(answer, body=answer.body.replace(b"a:1", b"\xff")),
    "deep": lambda answer: replace(answer, body=b"[" * 100_000),
    **{
        change.__name__.replace("_", " "): (lambda answer, change=change: retold(answer, change))  # type: ignore[misc]
        for change in (
            late, early, out_of_order, twice, series_twice, another_series, no_number, no_time, between_milliseconds,
            warned, partial, a_vector, no_success,
        )
    },
    "500": lambda answer: refusal(500, "an accident"),
    "502": lambda answer: Answer(502, b"<html>Bad Gateway</html>"),
    "429": lambda answer: refusal(429, "too many requests", Retry_After="0"),
    "503": lambda answer: refusal(503, "not ready", Retry_After="0"),
}  # fmt: skip


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    with fake(stored()) as server:
        exporting = Exporting(tmp_path_factory.mktemp("undisturbed"), Server(server.url))
        exporting.run()
    assert exporting.file.count(b"\n") > 4000
    return exporting.file


@pytest.mark.parametrize("lie", LIES)
def test_an_answer_that_is_false_once_is_asked_for_again(lie: str, undisturbed: bytes, tmp_path: Path) -> None:
    lied = []

    def script(question: Question, answer: Answer) -> Answer:
        if question.is_for_samples and question.number == 2:
            lied.append(question)
            return LIES[lie](answer)
        return answer

    with fake(stored(), script) as server:
        exporting = Exporting(tmp_path, Server(server.url))
        exporting.run()
    assert lied
    assert exporting.file == undisturbed
    assert len(exporting.said) == 2, "that it began, and what went wrong"


@pytest.mark.parametrize("lie", LIES)
def test_where_it_stays_false_the_export_fails_and_resumes_to_the_same_bytes(
    lie: str, undisturbed: bytes, tmp_path: Path
) -> None:
    def script(question: Question, answer: Answer) -> Answer:
        return LIES[lie](answer) if question.is_for_samples and question.number >= 2 else answer

    with fake(stored(), script) as server:
        exporting = Exporting(tmp_path, Server(server.url), retry_for=0)
        message = exporting.failure()
        assert not (tmp_path / "day.csv").exists()
        record = exporting.record
        assert (record.status, record.error_message) == ("failed", message)
        server.script = lambda question, answer: answer
        resumed = exporting.resume()
    assert resumed.status == "completed"
    assert exporting.file == undisturbed


def test_a_server_that_comes_back_is_waited_for(undisturbed: bytes, tmp_path: Path) -> None:
    with fake(stored()) as server:
        exporting = Exporting(tmp_path, Server(server.url), retry_for=0)
        server.script = lambda question, answer: replace(answer, sent=0)
        exporting.failure()
    message = ""
    try:
        exporting.resume()  # nobody listens there any more
    except ExportError as error:
        message = str(error)
    assert "Connection refused" in message
    assert "urllib3" not in message
    assert "0x" not in message
    with fake(stored()) as server:
        exporting.resume(Server(server.url))
    assert exporting.file == undisturbed


def test_the_same_samples_in_any_order_of_series_make_the_same_file(undisturbed: bytes, tmp_path: Path) -> None:
    def script(question: Question, answer: Answer) -> Answer:
        return retold(answer, lambda content: content["data"]["result"].reverse())

    with fake(stored(), script) as server:
        exporting = Exporting(tmp_path, Server(server.url))
        exporting.run()
    assert exporting.file == undisturbed


def test_whitespace_and_escapes_in_the_answer_change_nothing(undisturbed: bytes, tmp_path: Path) -> None:
    def script(question: Question, answer: Answer) -> Answer:
        return replace(answer, body=json.dumps(json.loads(answer.body), indent=1).encode())

    with fake(stored(), script) as server:
        exporting = Exporting(tmp_path, Server(server.url))
        exporting.run()
    assert exporting.file == undisturbed


def test_any_size_of_block_and_any_limit_of_the_server_make_the_same_file(undisturbed: bytes, tmp_path: Path) -> None:
    for folder, (rows, most) in zip(
        folders(tmp_path), [(1, 50_000_000), (7, 900), (100_000, 300), (100, 100), (33, 20)], strict=False
    ):
        with fake(stored(), most_samples=most) as server:
            exporting = Exporting(folder, Server(server.url))
            exporting.run(block_rows=rows)
        assert exporting.file == undisturbed, (rows, most)
