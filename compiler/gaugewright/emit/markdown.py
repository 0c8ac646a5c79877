"""Text of the spec made safe for Markdown: whatever it says, it stays text where it was put.

Written for CommonMark and GitHub's tables, and careful with what other readers know: `<`, `>` and
`&` become entities, which all understand, never backslash escapes, which some show as they are and
leave the tag behind them alive.
"""

from __future__ import annotations

import re

_SPECIAL = re.compile(r"[\\`*\[\]|~]|(?<![^\W_])_|_(?![^\W_])|(?<!\S)#|#(?!\S)")
_BLOCK_START = re.compile(r"\A(?:\d{1,9}(?=[.)](?:\s|\Z))|(?=[-+=]))")
_ENTITIES = str.maketrans({"<": "&lt;", ">": "&gt;", "&": "&amp;"})
_WEB_ADDRESS = re.compile(r"https?://[A-Za-z0-9._~:/?#@!$&'()*+,;=%-]+")


def inline(text: str) -> str:
    """Prose as one line of literal text, for a paragraph, a heading, a list item or a table's cell."""
    line = " ".join(_visible(text).split())
    escaped = _SPECIAL.sub(lambda found: "\\" + found[0], line)
    return _BLOCK_START.sub(lambda found: found[0] + "\\", escaped).translate(_ENTITIES)


def code(text: str) -> str:
    """A code span, anywhere but in a table."""
    line = re.sub(r"\r\n|[\r\n]", " ", _visible(text))
    if not line.strip():
        return f'`"{line}"`'
    ticks = "`" * (_longest_run(line) + 1)
    padded = line.startswith("`") or line.endswith("`") or line[0] == line[-1] == " "
    return f"{ticks} {line} {ticks}" if padded else f"{ticks}{line}{ticks}"


def cell(text: str) -> str:
    """Code in a table's cell. Tables are split at `|` before code spans are seen, and readers differ on
    the escape within one, so a text that has it is written in HTML."""
    return f"<code>{inline(text)}</code>" if "|" in text else code(text)


def fence(text: str, language: str = "") -> str:
    """A fenced block, its lines as they are."""
    lines = re.split(r"\r\n|\r|\n", _visible(text).strip("\r\n"))
    ticks = "`" * max(3, _longest_run(text) + 1)
    return "\n".join((ticks + language, *lines, ticks))


def address(text: str) -> str:
    """A link where the text is a plain web address; another scheme or a template as code."""
    return f"<{text}>" if _WEB_ADDRESS.fullmatch(text) else code(text)


def comment(text: str) -> str:
    """Text inside `<!-- -->`: on one line, and unable to end the comment."""
    line = " ".join(_visible(text).split())
    return line.replace("--", "- -").replace("--", "- -").replace(">", "&gt;")


def _visible(text: str) -> str:
    """CommonMark forbids the null character; readers put this in its place."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0) if "`" in text else 0
