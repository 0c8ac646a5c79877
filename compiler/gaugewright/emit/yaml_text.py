"""YAML that templates cannot write by themselves: comments, and trees of unknown depth."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import wrap
from typing import Any

from gaugewright.emit.escaping import yaml_block, yaml_quoted, yaml_scalar

_COMMENT_WIDTH = 96


class Raw(str):
    """One line that is to stand in a block of its own, where no quote and no backslash means anything: what is put
    in its place later needs no escaping."""


def comment(text: str, indent: int = 0) -> str:
    """A text as comment lines. A line end of any alphabet would end the comment, so what cannot be
    seen is written as an escape."""
    seen = "".join(character if character.isprintable() else _escape(character) for character in text)
    lines = wrap(seen, _COMMENT_WIDTH - indent, break_long_words=False, break_on_hyphens=False) or [""]
    return ("\n" + " " * indent).join(f"# {line}".rstrip() for line in lines)


def _escape(character: str) -> str:
    return " " if character in "\n\t" else character.encode("unicode_escape").decode("ascii")


def tree(value: Any, indent: int) -> str:
    """A value as YAML below a key that stands `indent` spaces in; begins with a line end where it is
    a mapping or a list that has something in it, with a space otherwise."""
    if isinstance(value, Mapping) and value:
        inside = " " * (indent + 2)
        return "".join(f"\n{inside}{yaml_scalar(key)}:{tree(item, indent + 2)}" for key, item in value.items())
    if isinstance(value, (list, tuple)) and value:
        inside = " " * (indent + 2)
        return "".join(f"\n{inside}- {_item(item, indent + 2)}" for item in value)
    if isinstance(value, Mapping):
        return " {}"
    if isinstance(value, (list, tuple)):
        return " []"
    if value is None:
        return " null"
    return " " + text(value, indent + 2)


def text(value: Any, indent: int) -> str:
    """A scalar as a person would write it: a sentence or an expression without quotes where YAML takes
    it so, several lines as a block whose lines stand `indent` spaces in."""
    if not isinstance(value, str):
        return yaml_scalar(value)
    if isinstance(value, Raw):
        return f"|-\n{' ' * indent}{value}"
    if "\n" in value and value == value.strip("\n"):
        return yaml_block(value, indent)
    if _is_sentence(value):
        return value
    return yaml_scalar(value)


def _is_sentence(value: str) -> bool:
    """Words that YAML takes as they are: no comment, no key, nothing at the ends that means something."""
    begins = value[:1] == "_" or value[:1] == "(" or (value[:1].isascii() and value[:1].isalpha())
    plain = "#" not in value and ": " not in value and value.isprintable()
    return begins and plain and " " in value and not value.endswith((":", " "))


def _item(value: Any, indent: int) -> str:
    return tree(value, indent).lstrip("\n ")


def single_quoted(value: str) -> str:
    """A text that is full of double quotes, readable; what single quotes cannot hold, in double ones."""
    if value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    return yaml_quoted(value)
