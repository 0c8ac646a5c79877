"""A text inside of another: a query in an alert's text, the series in a dashboard variable's `label_values(..)`."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from gaugewright.diagnostics import Mend, Place
from gaugewright.diagnostics.mend import Edit
from gaugewright.spec.source import Source

_NEEDS_ESCAPE = frozenset('"\\`%{}\n')
"""Characters that may need another spelling in the outer text."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class InnerText(Source):
    """`path` is that of the outer text; `places` tells where in it each character of the inner one stands, and where
    it ends. `quoted`: it stands in a string, which has escapes."""

    places: tuple[int, ...] = (0,)
    quoted: bool = False

    def inside(self, start: int, end: int) -> Place:
        last = len(self.places) - 1
        first = self.places[min(start, last)]
        return Source.inside(self, first, max(first, self.places[min(end, last)]) if end > start else first)

    def place(self) -> Place:
        return self.inside(0, len(self.places) - 1)

    def mend(self, of_text: Mend | None) -> Mend | None:
        """As edits of the outer text; None where one would need escapes, or change what `printf` fills in."""
        edits = [] if of_text is None else [self._edit(edit) for edit in of_text.edits]
        if of_text is None or None in edits:
            return None
        return Mend(tuple(edit for edit in edits if edit is not None), of_text.certain)

    def _edit(self, edit: Edit) -> Edit | None:
        if edit.path:
            return edit
        stretch = self.places[edit.start : edit.last(len(self.places) - 1) + 1]
        is_written = all(one < other for one, other in pairwise(stretch))
        if not is_written or (self.quoted and set(edit.new) & _NEEDS_ESCAPE):
            return None
        return Edit(stretch[0], stretch[-1], edit.new, self.path)
