"""What a server says may hold our credentials and escapes for terminals; neither is told to anyone or recorded."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from gaugewright.export.errors import Misuse
from gaugewright.export.server import Server, read_credentials

from tests.export.exporting import Exporting, stored
from tests.export.fake import Answer, Question, fake, refusal, retold

SECRET = "s3cret  of-nobody"
ESCAPES = "\x1b]0;title\x07\x1b[31mred\x9b2J\u202e"

Echo = Callable[[Answer, str], Answer]


def named(answer: Answer, text: str) -> Answer:
    def change(content: dict[str, Any]) -> None:
        content["data"]["result"][0]["metric"]["__name__"] = text

    return retold(answer, change)


def with_histograms(answer: Answer, text: str) -> Answer:
    """Which end the export at once."""

    def change(content: dict[str, Any]) -> None:
        content["data"]["result"][0] |= {"histograms": [[1, {}]], "metric": {"__name__": text}}

    return retold(answer, change)


def no_samples(answer: Answer, text: str) -> Answer:
    def change(content: dict[str, Any]) -> None:
        content["data"]["result"] = [{"metric": {"__name__": text}, "values": [[1, text]]}]

    return retold(answer, change)


ECHOES: dict[str, Echo] = {
    "an error": lambda answer, text: refusal(400, text),
    "an error at the 300th character": lambda answer, text: refusal(400, "x" * (285 - len("secret")) + text),
    "an accident": lambda answer, text: refusal(500, text),
    "no login": lambda answer, text: refusal(401, text),
    "too much": lambda answer, text: refusal(422, text),
    "a reason": lambda answer, text: replace(refusal(502, text), reason=text),
    "a status that is none": lambda answer, text: Answer(1000, b"", reason=text),
    "a redirection": lambda answer, text: Answer(302, b"", (("Location", f"http://{text}"),)),
    "a warning": lambda answer, text: retold(answer, lambda content: content.update(warnings=[text])),
    "a status": lambda answer, text: retold(answer, lambda content: content.update(status=text)),
    "a type": lambda answer, text: retold(answer, lambda content: content["data"].update(resultType=text)),
    "a name": named,
    "native histograms": with_histograms,
    "no samples": no_samples,
    "no JSON": lambda answer, text: replace(answer, body=text.encode()),
}


def everything_told(folder: Path, server: Server, script: Callable[[Question, Answer], Answer]) -> str:
    """All texts of an export that fails, and its record."""
    with fake(stored(), script) as there:
        exporting = Exporting(folder, replace(server, url=there.url), retry_for=0.6)
        message = exporting.failure()
    shown = "\n".join([message, *exporting.said, exporting.everything_recorded()])
    assert exporting.record.error_message == message
    return shown


@pytest.mark.parametrize("echo", ECHOES)
@pytest.mark.parametrize("kind", ["token", "password", "key"])
def test_a_secret_that_comes_back_is_hidden(echo: str, kind: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(SECRET + "\n", "utf-8")
    server = {
        "token": Server("", token_file=str(secret)),
        "password": Server("", user="me", password_file=str(secret)),
        "key": Server("", headers=(("X-Api-Key", str(secret)),)),
    }[kind]

    def script(question: Question, answer: Answer) -> Answer:
        sent = question.headers.get("Authorization", "") + question.headers.get("X-Api-Key", "")
        assert sent
        return ECHOES[echo](answer, f"{SECRET} {sent}") if question.is_for_samples else answer

    told = everything_told(tmp_path, server, script)
    coded = base64.b64encode(f"me:{SECRET}".encode()).decode()
    for part in ("s3cret", "nobody", coded[:8], coded[-8:]):
        assert part not in told


@pytest.mark.parametrize("echo", ECHOES)
def test_escapes_are_not_shown(echo: str, tmp_path: Path) -> None:
    def script(question: Question, answer: Answer) -> Answer:
        in_headers = echo in ("a reason", "a status that is none", "a redirection")
        return ECHOES[echo](answer, ESCAPES[:-1] if in_headers else ESCAPES)

    told = everything_told(tmp_path, Server(""), script)
    assert [character for character in told if not character.isprintable() and character != "\n"] == []


def test_a_long_text_is_cut(tmp_path: Path) -> None:
    told = everything_told(tmp_path, Server(""), lambda question, answer: refusal(400, "so " * 1_000_000))
    assert len(told) < 20_000


@pytest.mark.parametrize("header", ["X-Scope-OrgID", "THANOS-TENANT"])
def test_a_tenant_is_no_secret(header: str, tmp_path: Path) -> None:
    tenant = tmp_path / "tenant"
    tenant.write_text("4", "utf-8")
    server = Server("", headers=((header, str(tenant)),))
    told = everything_told(tmp_path, server, lambda question, answer: refusal(400, "tenant 4 has 404 series"))
    assert "the server answered 400: tenant 4 has 404 series" in told


def test_a_short_secret_is_hidden_where_it_stands_alone(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("ed", "utf-8")
    server = Server("", token_file=str(secret))
    told = everything_told(tmp_path, server, lambda question, answer: refusal(400, "failed: Bearer ed"))
    assert "the server answered 400: failed: Bearer ***" in told


def test_the_token_of_a_header_that_comes_back_alone_is_hidden(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("Bearer 0123456789", "utf-8")
    server = Server("", headers=(("Authorization", str(secret)),))
    told = everything_told(tmp_path, server, lambda question, answer: refusal(400, "bad token '0123456789'"))
    assert "bad token '***'" in told


@pytest.mark.parametrize("secret", ["tëst→", "a\nb", "a\x00b", ""])
def test_what_no_header_can_hold_is_refused_without_being_shown(secret: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(secret, "utf-8")
    for server in (Server("", token_file=str(file)), Server("", headers=(("X-Api-Key", str(file)),))):
        with pytest.raises(Misuse) as refused:
            read_credentials(server)
        assert not secret or secret not in str(refused.value)
