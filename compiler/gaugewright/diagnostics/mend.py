"""What would mend a finding: edits of the texts of a spec, and whether they are certain.

A pass that sees only a text (a query, a template) counts that text's characters and leaves `path` empty;
`Source.mend` says which value of the spec the text is. How a value is written in the file is no matter here: the
room `mends/` writes edits into it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

Path = tuple[str | int, ...]
"""The keys and positions that lead from the root of a spec to a value."""


class Edit(NamedTuple):
    """Characters `start` to `end` (exclusive; None: to its end) of the value at `path` become `new`.

    A path that the finder of a mistake gives (for another value than the text it looks at) begins at the spec's
    root and stays as it is."""

    start: int
    end: int | None
    new: str
    path: Path = ()

    def last(self, length: int) -> int:
        """Where the edit ends in a text of so many characters."""
        return length if self.end is None else self.end


@dataclass(frozen=True, slots=True)
class Mend:
    """Edits that belong together: all of them are made, or none.

    `certain`: they keep the meaning, or nothing else can have been meant; `check --fix` writes them. Others are
    suggestions, which a person chooses."""

    edits: tuple[Edit, ...]
    certain: bool = False

    def at(self, path: Path) -> Mend:
        """The edits of a text as edits of the value at `path`."""
        return Mend(tuple(edit if edit.path else edit._replace(path=path) for edit in self.edits), self.certain)


def replaced(start: int, end: int, new: str, certain: bool = False) -> Mend:
    """One stretch of a text becomes `new`: "" removes it, and `start` = `end` puts `new` there."""
    return Mend((Edit(start, end, new),), certain)


def edited(text: str, edits: tuple[Edit, ...]) -> str:
    """The text after edits that do not overlap."""
    for edit in sorted(edits, key=lambda edit: -edit.start):
        text = text[: edit.start] + edit.new + text[edit.last(len(text)) :]
    return text
