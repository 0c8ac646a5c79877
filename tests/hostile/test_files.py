"""Files that no spec is: each is refused in words, within 2 s of the processor and 500 MiB."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fragments import BASE
from tests.hostile.command import checked, checked_together, gaugewright

MIB = 1024 * 1024


def laughs(width: int, depth: int, form: str) -> str:
    """Aliases of aliases: `width ** depth` values out of a few lines."""
    lines = ["a0: &a0 x"]
    for level in range(1, depth + 1):
        inner = f"*a{level - 1}"
        body = "[" + ", ".join([inner] * width) + "]" if form == "list" else _mapping(inner, width)
        lines.append(f"a{level}: &a{level} {body}")
    return "\n".join(lines)


def _mapping(inner: str, width: int) -> str:
    return "{" + ", ".join(f"k{n}: {inner}" for n in range(width)) + "}"


BOMBS = {
    "a billion laughs": BASE + laughs(10, 9, "list"),
    "a billion laughs in mappings": BASE + laughs(10, 9, "mapping"),
    "a chain of doublings": BASE + laughs(2, 60, "list"),
    "one large value, many aliases": BASE + "a: &a [" + "x, " * 50_000 + "]\nb: [" + "*a, " * 50_000 + "]\n",
    "a long text, many aliases": BASE + f"a: &a {'x' * 100_000}\nb: [{'*a, ' * 50_000}]\n",
    "an alias inside its own anchor": BASE + "a: &a [*a]\n",
    "an alias to a mapping around it": BASE + "a: &a {b: {c: *a}}\n",
    "an alias as a key": BASE + "a: &a x\nb: {*a : 1}\n",
    "a merge of merges": BASE + "a: &a {x: 1}\nb: &b {<<: *a}\nc: {<<: [*a, *b]}\n",
    "many anchors": BASE + "a: [" + ", ".join(f"&a{n} x" for n in range(100_000)) + "]\n",
    "metrics that are one metric": BASE.replace("metrics:\n  -", "metrics:\n  - &m\n   ").replace(
        "\nnotification_channels", "\n" + "  - *m\n" * 20_000 + "\nnotification_channels"
    ),
    "alerts that are one alert": BASE + "  - *a\n" * 20_000,
}


def test_aliases_are_no_bomb(tmp_path: Path) -> None:
    assert all(checked_together(tmp_path, BOMBS).values())


LARGE = {
    "a valid spec of 10 MiB": lambda: BASE + "# " + "x" * 98 + "\n" + ("# " + "x" * 98 + "\n") * (10 * MIB // 101),
    "one line of 10 MiB": lambda: "a: " + "x " * (5 * MIB),
    "one plain text of 10 MiB": lambda: BASE + "a: " + "x" * 10 * MIB,
    "many keys": lambda: "".join(f"key_{n}: {n}\n" for n in range(600_000)),
    "many documents": lambda: "--- a\n" * (10 * MIB // 6),
    "open brackets": lambda: "a: " + "[" * 10 * MIB,
}


@pytest.mark.parametrize("what", LARGE)
def test_a_file_of_10_mib_is_refused_unread(what: str, tmp_path: Path) -> None:
    run = checked(tmp_path, LARGE[what]())
    assert run.code == 2
    assert "unreadable-file" in run.out


BELOW_THE_LIMIT = {
    "comments": lambda: BASE + ("# " + "x" * 98 + "\n") * (7 * MIB // 101),
    "one line": lambda: "a: " + "x " * (7 * MIB // 2),
    "one plain text": lambda: BASE + "a: " + "x" * 7 * MIB,
    "a line of spaces before a mistake": lambda: f"a: b{' ' * 7 * MIB}c: d\n",
    "a line of tabs": lambda: "a: " + "\t" * 7 * MIB + "b: c",
    "many keys": lambda: "".join(f"key_{n}: {n}\n" for n in range(450_000)),
    "one key many times": lambda: BASE + "a: 1\n" * (7 * MIB // 5),
    "many unknown fields of one metric": lambda: BASE.replace(
        "    labels: [route, status]", "".join(f"    key_{n}: 1\n" for n in range(100_000))
    ),
    "a list of nothing": lambda: BASE + "a:\n" + "-\n" * (7 * MIB // 2),
    "a list of brackets": lambda: BASE + "a: [" + "[]," * (7 * MIB // 3) + "]",
    "many documents": lambda: "--- a\n" * (7 * MIB // 6),
    "open brackets": lambda: "a: " + "[" * 7 * MIB,
    "open braces": lambda: "a: " + "{" * 7 * MIB,
    "dashes": lambda: "- " * (7 * MIB // 2),
    "question marks": lambda: "? " * (7 * MIB // 2),
    "quotes": lambda: "a: " + "'" * (7 * MIB),
    "escapes": lambda: 'a: "' + "\\n" * (7 * MIB // 2) + '"',
    "many metrics": lambda: BASE.replace(
        "\nnotification_channels",
        "\n" + "".join(f"  - {{name: m{n}, metric_type: gauge, description: Nothing much.}}\n" for n in range(90_000))
        + "\nnotification_channels",
    ),
    "many wrong metrics": lambda: BASE.replace(
        "\nnotification_channels", "\n" + "  - x\n" * 500_000 + "\nnotification_channels"
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", BELOW_THE_LIMIT)
def test_a_file_just_below_the_limit_is_read_or_refused_in_time(what: str, tmp_path: Path) -> None:
    run = checked(tmp_path, BELOW_THE_LIMIT[what]())
    assert len(run.out) < 4 * MIB


UNREADABLE = {
    "NUL in a key": b"gaugewright\x00: 1\n",
    "NUL in a text": BASE.encode().replace(b"Requests", b"Req\x00uests"),
    "nothing but NUL": b"\x00" * 4096,
    "an escape sequence": BASE.encode().replace(b"Requests", b"\x1b]0;title\x07\x1b[2J"),
    "a bell": b"a: \x07",
    "DEL": b"a: \x7f\x7f",
    "C1 controls": "a: \x80\x9b31m".encode(),
    "no UTF-8": b"a: \xff\xfe\xfd",
    "overlong UTF-8": b"a: \xc0\x80\xc0\xaf",
    "half a surrogate pair": "a: \ud800".encode("utf-8", "surrogatepass"),
    "beyond Unicode": b"a: \xf4\x90\x80\x80",
    "cut in the middle of a character": "a: é".encode()[:-1],
    "UTF-16": BASE.encode("utf-16"),
    "UTF-16 without a mark": BASE.encode("utf-16-le"),
    "UTF-32": BASE.encode("utf-32"),
    "Latin-1": "a: é\n".encode("latin-1"),
    "a program": bytes(range(256)) * 16,
    "a mark in the middle": "a: \ufeff\ufeffb\nc: d\n\ufeff- e".encode(),
}


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    assert all(checked_together(tmp_path, UNREADABLE).values())


@pytest.mark.parametrize("what", ["NUL in a key", "an escape sequence", "C1 controls", "a program"])
def test_no_control_character_reaches_the_terminal(what: str, tmp_path: Path) -> None:
    out = checked(tmp_path, UNREADABLE[what]).out
    assert not [character for character in out if ord(character) < 32 and character != "\n"]
    assert not [character for character in out if 127 <= ord(character) < 160]


def test_escapes_in_quotes_reach_no_terminal_either(tmp_path: Path) -> None:
    out = checked(tmp_path, 'gaugewright: 1\n"a\\e[2Jb\\u202e": "\\x07"\n"\\N\\L": {"\\0": 1}\n').out
    assert not [character for character in out if not character.isprintable() and character != "\n"]


NESTED = {
    "brackets": "a: " + "[" * 100_000 + "]" * 100_000,
    "braces": "a: " + "{a: " * 50_000 + "}" * 50_000,
    "indentation": "\n".join(" " * n + "a:" for n in range(1500)),
    "dashes": "- " * 50_000 + "a",
    "question marks": "? " * 50_000 + "a",
    "labels of a metric": BASE.replace("[route, status]", "[" * 60 + "route" + "]" * 60),
    "fields of a channel": BASE.replace("type: webhook", "type: webhook, http_config: " + "{a: " * 60 + "1" + "}" * 60),
    "just what may be": BASE.replace("[route, status]", "[" * 30 + "route" + "]" * 30),
}


def test_deep_nesting_is_refused(tmp_path: Path) -> None:
    assert all(checked_together(tmp_path, NESTED).values())


TAGS = (
    "!!python/object/apply:os.system ['touch made']",
    "!!python/object:os.system {}",
    "!!python/name:os.system",
    "!!python/module:os",
    "!!python/object/new:subprocess.Popen [[touch, made]]",
    "!<tag:yaml.org,2002:python/object/apply:os.system> ['touch made']",
    "!!binary aGVsbG8=",
    "!!set {a, b}",
    "!!timestamp 2026-01-01",
    "!local x",
)


def test_tags_are_refused_and_nothing_is_made(tmp_path: Path) -> None:
    found = checked_together(tmp_path, {str(n): BASE + f"x: {tag}\n" for n, tag in enumerate(TAGS)})
    assert {tuple(item["code"] for item in items) for items in found.values()} == {("yaml-syntax",)}
    assert not (tmp_path / "made").exists()


def test_a_directive_makes_no_tag_harmless(tmp_path: Path) -> None:
    text = "%TAG ! tag:yaml.org,2002:python/object/apply:\n---\nx: !os.system [touch made]\n"
    assert checked(tmp_path, text).code == 1
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("format", ["text", "json", "sarif", "github"])
def test_a_hostile_file_name_is_only_a_name(format: str, tmp_path: Path) -> None:
    names = ["-x", "a\nb.yaml", "é\x1b[2J.yaml", "%s%n.yaml", "a:b,c.yaml"]
    for name in names:
        (tmp_path / name).write_text("gaugewright: 2\n")
    run = gaugewright(tmp_path, "check", "--format", format, "--", *names)
    assert run.code == 1
    assert run.out.count("unsupported-version") >= len(names) or format == "sarif"
    assert "\x1b" not in run.out
