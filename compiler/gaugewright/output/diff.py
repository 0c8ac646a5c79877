"""The difference between an output on disk and the one wanted, for people to read.

Bounded whatever the file: at most `LINES` lines, `WIDTH` characters each, and the search looks at
`WINDOW` lines on each side, because comparing is quadratic. Control characters are shown, not sent to
the terminal.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gaugewright.output.compare import Standing, State
from gaugewright.output.plain import open_plain

LINES = 200
WIDTH = 400
WINDOW = 1000
LARGEST = 4 * 2**20
"""Bytes; a larger file is only said to differ."""
_CONTEXT = 3


def unified(standing: Standing, folder: Path, limit: int = LINES) -> str:
    """A unified diff from what lies on disk to what a build would write; "" for a fresh path.

    Ends with a newline. Raises nothing: what cannot be read is said.
    """
    path = standing.path
    if standing.state is State.FRESH:
        return ""
    if standing.state is State.BLOCKED:
        return _printable(f"{path}: {standing.obstacle}") + "\n"
    was = b"" if standing.seen is None else _content(folder / path)
    now = standing.wanted or b""
    if was is None or _is_binary(was) or _is_binary(now):
        return _printable(f"{path}: binary or too large to show; {len(now)} bytes wanted") + "\n"
    head = [
        f"--- {'/dev/null' if standing.seen is None else path}",
        f"+++ {'/dev/null' if standing.wanted is None else path}",
    ]
    lines = head + list(_body(_lines(was), _lines(now), limit))
    return "".join(_printable(line) + "\n" for line in lines)


def _body(was: list[str], now: list[str], limit: int) -> Iterator[str]:
    from difflib import SequenceMatcher
    from itertools import chain, islice

    same = _common(was, now)
    first = max(0, same - _CONTEXT)
    tail = max(0, _common(was[same:][::-1], now[same:][::-1]) - _CONTEXT)
    old, new = was[first : len(was) - tail], now[first : len(now) - tail]
    matcher = SequenceMatcher(None, old[:WINDOW], new[:WINDOW])
    hunks = (_hunk(group, old, new, first) for group in matcher.get_grouped_opcodes(_CONTEXT))
    shown = chain.from_iterable(hunks)
    yield from islice(shown, limit)
    if next(shown, None) is not None or max(len(old), len(new)) > WINDOW:
        yield "... more differs"


def _hunk(group: list[tuple[str, int, int, int, int]], old: list[str], new: list[str], first: int) -> Iterator[str]:
    """One hunk, its line numbers counted from the start of the whole file."""
    (_, old_from, _, new_from, _), (_, _, old_to, _, new_to) = group[0], group[-1]
    yield f"@@ -{_span(first + old_from, old_to - old_from)} +{_span(first + new_from, new_to - new_from)} @@"
    for tag, a, b, c, d in group:
        if tag == "equal":
            yield from _signed(" ", old[a:b])
            continue
        yield from _signed("-", old[a:b])
        yield from _signed("+", new[c:d])


def _signed(sign: str, lines: list[str]) -> Iterator[str]:
    for line in lines:
        yield sign + line.removesuffix("\n")
        if not line.endswith("\n"):
            yield "\\ No newline at end of file"


def _span(start: int, length: int) -> str:
    """A range as `diff -u` writes it: lines from 1, and an empty range names the line before it."""
    return f"{start + 1}" if length == 1 else f"{start + bool(length)},{length}"


def _common(first: list[str], second: list[str]) -> int:
    pairs = zip(first, second, strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(first), len(second)))


def _lines(content: bytes) -> list[str]:
    """Lines with their newlines; only `\\n` ends one, whatever else Unicode calls a line break."""
    *lines, last = content.decode("utf-8").split("\n")
    return [line + "\n" for line in lines] + ([last] if last else [])


def _is_binary(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return b"\0" in content


def _printable(line: str) -> str:
    """At most WIDTH characters, and none that a terminal obeys."""
    shown = "".join(c if c.isprintable() or c == "\t" else repr(c)[1:-1] for c in line[:WIDTH])
    return shown + "..." if len(line) > WIDTH else shown


def _content(path: Path) -> bytes | None:
    """None where it is too large, unreadable or no plain file any more."""
    try:
        with open_plain(path) as file:
            content = file.read(LARGEST + 1)
    except OSError:
        return None
    return content if len(content) <= LARGEST else None
