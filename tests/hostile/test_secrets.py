"""Secrets of a spec in what is printed of it: never, also where the file is broken around them."""

from __future__ import annotations

from pathlib import Path

import pytest
from gaugewright.compile import compile_text
from gaugewright.emit import emit

from tests.fragments import BASE
from tests.fuzz.properties import renderings
from tests.hostile.command import gaugewright

SECRET = "hunter2marker"

CONFIG = "exposition_port: 9100"
CHANNEL = "type: webhook"


def with_password(written: str) -> str:
    return BASE.replace(CONFIG, f"{CONFIG}\n  basic_auth_username: scraper\n  basic_auth_password: {written}")


def with_channel(fields: str) -> str:
    return BASE.replace('{name: ops, type: webhook, url: "http://localhost:5001/alerts"}', f"{{name: ops, {fields}}}")


BROKEN = {
    "a password": with_password(SECRET),
    "an alias": with_password(f"*{SECRET}"),
    "an anchor": with_password(f"&{SECRET} x"),
    "a tag": with_password(f"!{SECRET}"),
    "a mapping": with_password(f"{{{SECRET}: x}}"),
    "a list": with_password(f"[{SECRET}]"),
    "a second colon": with_password(f"{SECRET}: x"),
    "an open quote": with_password(f'"{SECRET}'),
    "an unknown escape": with_password(f'"{SECRET}\\q"'),
    "a reserved character": with_password(f"@{SECRET}"),
    "a block": with_password(f"|\n    {SECRET}"),
    "a block with an open quote after it": with_password(f"|\n    {SECRET}") + 'x: "',
    "a block with a tab in it": with_password(f"|\n    {SECRET}\n\tx"),
    "a folded text": with_password(f"first\n    {SECRET}: x"),
    "a template": with_password(f"{{{{ {SECRET} }}}}"),
    "a key twice": with_password(SECRET).replace("scraper\n", f"scraper\n  basic_auth_password: {SECRET}\n"),
    "a misspelt key": with_password(SECRET).replace("basic_auth_password", "basic_auth_pasword"),
    "a wrongly indented key": with_password(SECRET).replace("  basic_auth_password", "   basic_auth_password"),
    "a slack URL": with_channel(f"type: slack, api_url: https://hooks.slack.com/services/{SECRET}"),
    "a slack URL and an open brace": with_channel(f"type: slack, api_url: https://x.org/{SECRET}, x: [") + "a: b: c",
    "a routing key": with_channel(f"type: pagerduty, routing_key: {SECRET}"),
    "a token in a block": with_channel(f"type: telegram, bot_token: {SECRET}, chat_id: x"),
    "a nested password": with_channel(
        f"type: webhook, url: http://localhost/, http_config: {{basic_auth: {{username: a, password: {SECRET}}}}}"
    ),
    "user info in a URL": with_channel(f"type: webhook, url: https://me:{SECRET}@localhost/"),
    "a webhook's parameter": with_channel(f"type: webhook, url: https://localhost/?token={SECRET}"),
    "one line of JSON": BASE.replace(CONFIG, CONFIG)
    + f'x: {{"a": 1, "basic_auth_password": "{SECRET}", "b": }}, "c": [',
    "no UTF-8 after it": with_password(SECRET + "\udcff"),
    "NUL after it": with_password(SECRET + "\0"),
}  # fmt: skip


STILL_SHOWN = {
    "an anchor": "the excerpt shows the anchor's name",
}


def _expected(what: str) -> object:
    marks = [pytest.mark.xfail(reason=STILL_SHOWN[what])] if what in STILL_SHOWN else []
    return pytest.param(what, marks=marks)


@pytest.mark.parametrize("what", [_expected(what) for what in BROKEN])
def test_a_secret_is_shown_in_no_rendering(what: str) -> None:
    compilation = compile_text(BROKEN[what].encode("utf-8", "surrogateescape"), "spec.yaml")
    shown = renderings(compilation)
    told = {name: text for name, text in shown.items() if SECRET in text}
    assert not told, "\n".join(told.values())
    assert SECRET not in repr(compilation.model)
    if compilation.model is not None:
        assert not [path for path, content in emit(compilation.model).items() if SECRET.encode() in content]


@pytest.mark.parametrize("command", [["check"], ["build"], ["build", "--check"], ["cost"]])
def test_a_secret_is_printed_by_no_command_and_stands_in_no_output(command: list[str], tmp_path: Path) -> None:
    (tmp_path / "spec.yaml").write_text(with_password(SECRET), "utf-8")
    run = gaugewright(tmp_path, *command, "spec.yaml")
    assert SECRET not in run.out + run.err
    written = [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "spec.yaml"]
    assert not [path for path in written if SECRET.encode() in path.read_bytes()]
