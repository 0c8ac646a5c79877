"""The names that the generated module gives to labels, their types and the metrics' classes.

Users write `parameter(label)` in their calls, so it is public: documentation must show the same name.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable

_USED_IN_BODIES = frozenset(
    (
        *("self", "amount", "value", "exemplar", "label_values", "pending", "Exception"),
        *("BoundCounter", "BoundDuration", "BoundGauge", "BoundObserver", "Timer"),
        *("_FULL", "_LEAST", "_MOST", "_NUMBERS", "_ONE", "_len", "_now", "_reading", "_type"),
    )
)
"""What a generated method uses beside its labels: a parameter of that name would hide it."""


def parameter(label: str, labels: Iterable[str] = ()) -> str:
    """The keyword argument for a label: its own name, with `_` behind where Python or the method uses it.

    `labels` are all labels of the metric: `class` is not `class_` where that is a label too."""
    others = set(labels) - {label}
    name = label
    while keyword.iskeyword(name) or name in _USED_IN_BODIES or (name != label and name in others):
        name += "_"
    return name


def camel_case(name: str) -> str:
    """`request_duration_seconds` as `RequestDurationSeconds`."""
    words = (word for word in re.split(r"[^A-Za-z0-9]+", name) if word)
    joined = "".join(word[0].upper() + word[1:] for word in words)
    return joined if joined and not joined[0].isdigit() else f"M{joined}"


class NameTable:
    """Names of one module that must differ from each other and from those that the module has itself."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)

    def claim(self, *wishes: str) -> str:
        """The first wish that is free; failing all, the last one with a number behind."""
        for wish in wishes:
            if wish not in self._taken:
                self._taken.add(wish)
                return wish
        number = 2
        while f"{wishes[-1]}{number}" in self._taken:
            number += 1
        return self.claim(f"{wishes[-1]}{number}")
