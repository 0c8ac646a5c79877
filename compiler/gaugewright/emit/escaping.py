"""Text of the spec made safe for each target's syntax; the filters of the templates."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from typing import Any

from gaugewright.emit import markdown
from gaugewright.model.go_numbers import number as number

_PLAIN_YAML = re.compile(r"[A-Za-z_/][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./(-][A-Za-z0-9_./()-]*)*|[0-9]+(?:ms|[smhdw])")
_YAML_WORDS = frozenset(["null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf", "infinity"])


def yaml_scalar(value: Any) -> str:
    """A YAML scalar on one line that every reader, YAML 1.1 or 1.2, takes as this very value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return number(value)
    text = str(value)
    if _PLAIN_YAML.fullmatch(text) and text.lower() not in _YAML_WORDS:
        return text
    return yaml_quoted(text)


def yaml_quoted(text: str) -> str:
    """A double-quoted YAML scalar. JSON's escapes are YAML's, but for a few characters of its own."""
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(_yaml_character(character) for character in quoted)


def _yaml_character(character: str) -> str:
    code = ord(character)
    if code == 0x7F or 0x80 <= code < 0xA0 or code in (0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF):
        return f"\\u{code:04x}"
    return character


def yaml_block(text: str, indent: int) -> str:
    """A text over several lines as a literal block scalar; one line, or an awkward text, as quoted.

    `indent` is the number of spaces before the block's lines. Line ends around the text are dropped."""
    stripped = text.strip("\n")
    lines = stripped.split("\n")
    awkward = any((ord(c) < 0x20 and c != "\n") or _yaml_character(c) != c for c in stripped)
    if len(lines) == 1 or awkward or stripped[0] == " " or any(line.endswith(" ") for line in lines):
        return yaml_scalar(stripped)
    return "|-\n" + "\n".join(" " * indent + line if line else "" for line in lines)


def python_string(text: str) -> str:
    """A Python string literal on one line, in the quotes that need fewer escapes (as `ruff format` has it);
    what cannot be seen is escaped."""
    if text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    quote = "'" if text.count('"') > text.count("'") else '"'
    return quote + "".join(_python_character(character, quote) for character in text) + quote


def _python_character(character: str, quote: str) -> str:
    if character in (quote, "\\"):
        return "\\" + character
    if character.isprintable():
        return character
    return character.encode("unicode_escape").decode("ascii")


FILTERS: dict[str, Callable[..., str]] = {
    "yaml": yaml_scalar,
    "yaml_quoted": yaml_quoted,
    "yaml_block": yaml_block,
    "number": number,
    "py": python_string,
    "sh": shlex.quote,
    "md": markdown.inline,
    "md_code": markdown.code,
    "md_cell": markdown.cell,
    "md_fence": markdown.fence,
    "md_address": markdown.address,
    "md_comment": markdown.comment,
}
