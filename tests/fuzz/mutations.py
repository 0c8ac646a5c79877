"""Mutations of a spec's text: of its tokens, lines and characters. All take chance from one `Random`."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from tests.fuzz import dictionary, seeds

Mutation = Callable[[Random, str], str]

_TOKEN = re.compile(r"\w+|[^\w\s]+|\s+")
_FIELD = re.compile(r"^(?P<before>\s*(?:- )?[\w.-]+: ?)(?P<value>.*)$", re.MULTILINE)
_QUERY = re.compile(r"^\s*(?:- )?query: ?(?P<value>.+)$", re.MULTILINE)
_SCHEDULE = re.compile(r"suppression_schedule: ?(?P<value>.+)$", re.MULTILINE)
_TEMPLATE = re.compile(r"(?:summary|description|legend|runbook_url): ?(?P<value>.+)$", re.MULTILINE)


def _stretch(random: Random, text: str, most: int = 40) -> tuple[int, int]:
    start = random.randint(0, len(text))
    return start, min(len(text), start + random.randint(0, most))


def delete_characters(random: Random, text: str) -> str:
    start, end = _stretch(random, text)
    return text[:start] + text[end:]


def repeat_characters(random: Random, text: str) -> str:
    start, end = _stretch(random, text)
    return text[:end] + text[start:end] * random.choice((1, 2, 50)) + text[end:]


def insert_word(random: Random, text: str) -> str:
    at = random.randint(0, len(text))
    return text[:at] + dictionary.word(random) + text[at:]


def replace_token(random: Random, text: str) -> str:
    tokens = _TOKEN.findall(text)
    if tokens:
        other = random.choice(tokens) if random.random() < 0.4 else dictionary.word(random)
        tokens[random.randrange(len(tokens))] = other
    return "".join(tokens)


def _lines(random: Random, text: str) -> tuple[list[str], int]:
    lines = text.split("\n")
    return lines, random.randrange(len(lines))


def delete_lines(random: Random, text: str) -> str:
    lines, at = _lines(random, text)
    del lines[at : at + random.choice((1, 1, 2, 5))]
    return "\n".join(lines)


def repeat_lines(random: Random, text: str) -> str:
    lines, at = _lines(random, text)
    block = lines[at : at + random.choice((1, 1, 3, 9))]
    return "\n".join([*lines[:at], *block * random.choice((1, 1, 60)), *lines[at:]])


def move_line(random: Random, text: str) -> str:
    lines, at = _lines(random, text)
    line = lines.pop(at)
    lines.insert(random.randint(0, len(lines)), line)
    return "\n".join(lines)


def indent_line(random: Random, text: str) -> str:
    lines, at = _lines(random, text)
    lines[at] = random.choice(("", " ", "  ", "        ", "\t", "- ")) + lines[at].lstrip(
        random.choice(("", " ", "- "))
    )
    return "\n".join(lines)


def join_lines(random: Random, text: str) -> str:
    lines, at = _lines(random, text)
    return "\n".join([*lines[:at], " ".join(lines[at : at + 2]), *lines[at + 2 :]])


def cut_off(random: Random, text: str) -> str:
    return text[: random.randint(0, len(text))]


def splice(random: Random, text: str) -> str:
    """The beginning of this spec, and the end of another."""
    other, start = _lines(random, random.choice((*seeds.honest(), *seeds.wrong())))
    lines, end = _lines(random, text)
    return "\n".join([*lines[:end], *other[start:]])


def replace_value(random: Random, text: str) -> str:
    """The value of a line, as YAML: unquoted traps, open quotes, aliases."""
    fields = list(_FIELD.finditer(text))
    if not fields:
        return text
    field = random.choice(fields)
    form = random.choice(("{}", "{}", '"{}"', "'{}'", "|\n      {}", "[{}", "{}: {}", "&a {}"))
    written = form.replace("{}", dictionary.word(random))
    return text[: field.start("value")] + written + text[field.end("value") :]


def _within(pattern: re.Pattern[str], words: tuple[str, ...]) -> Mutation:
    """Puts a word between the tokens of a matching line's value, or in place of one."""

    def mutate(random: Random, text: str) -> str:
        found = list(pattern.finditer(text))
        if not found:
            return text
        start, end = random.choice(found).span("value")
        tokens = _TOKEN.findall(text[start:end])
        for _ in range(random.choice((1, 1, 2, 4))):
            at = random.randrange(len(tokens))
            tokens[at : at + random.randint(0, 1)] = [random.choice(words)]
        return text[:start] + "".join(tokens) + text[end:]

    return mutate


def lengthen(random: Random, text: str) -> str:
    at = random.choice([match.end() for match in re.finditer(r": |\w", text)] or [0])
    return text[:at] + dictionary.long(random) + text[at:]


def plant_secret(random: Random, text: str) -> str:
    """A secret under a key that says so, beside some other key."""
    lines, at = _lines(random, text)
    indent = re.match(r"[ -]*", lines[at])
    key = random.choice(dictionary.SECRET_KEYS)
    form = random.choice(("{}", '"{}"', "https://hooks.example.com/{}", "'{}", "[{}", "{} # x", '"{}\\q"'))
    line = " " * len(indent[0] if indent else "") + f"{key}: {form.format(dictionary.MARKER)}"
    return "\n".join([*lines[: at + 1], line, *lines[at + 1 :]])


MUTATIONS: tuple[Mutation, ...] = (
    *(delete_characters, repeat_characters, insert_word, replace_token, replace_token, delete_lines, repeat_lines),
    *(move_line, indent_line, join_lines, cut_off, splice, replace_value, replace_value, replace_value, lengthen),
    *(_within(_QUERY, dictionary.PROMQL_TOKENS),) * 3,
    *(_within(_SCHEDULE, dictionary.CRON_TOKENS),) * 2,
    *(_within(_TEMPLATE, dictionary.TEMPLATE_TOKENS),) * 2,
    *(plant_secret, plant_secret),
)


def spoil_bytes(random: Random, content: bytes) -> bytes:
    """Bytes that are no UTF-8, NULs, flipped bits, or the text in another encoding."""
    way = random.randrange(5)
    if way == 0:
        encoding = random.choice(("utf-16", "utf-32", "utf-16-be", "latin-1", "utf-8-sig"))
        return content.decode().encode(encoding, "replace")
    spoilt = bytearray(content or b"x")
    for _ in range(random.choice((1, 1, 8))):
        at = random.randrange(len(spoilt))
        if way == 1:
            spoilt[at] ^= 1 << random.randrange(8)
        elif way == 2:
            spoilt[at] = random.choice((0, 0x80, 0xC0, 0xFF, 0x0D, 0x1B))
        else:
            spoilt[at:at] = random.choice(
                (b"\x00", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xff\xfe", b"\xc0\x80", b"\r")
            )
    return bytes(spoilt)
