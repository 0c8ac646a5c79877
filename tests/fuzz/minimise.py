"""The smallest text that still breaks in the same way (delta debugging: Zeller and Hildebrandt, 2002)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

Breaks = Callable[[bytes], bool]

TRIES = 400
"""How many texts are tried for one fault."""


def minimised(content: bytes, breaks: Breaks, tries: int = TRIES) -> bytes:
    """Fewer lines, then fewer words, then fewer bytes, while it breaks."""
    budget = _Budget(breaks, tries)
    for pattern in (rb"[^\n]*\n|[^\n]+", rb"\w+|[^\w\s]|\s+", rb"(?s)."):
        content = _fewer(re.findall(pattern, content), budget)
    return content


class _Budget:
    """Asks whether a text breaks, so many times; then nothing more does."""

    def __init__(self, breaks: Breaks, tries: int) -> None:
        self._breaks = breaks
        self._left = tries

    def breaks(self, parts: Sequence[bytes]) -> bool:
        if self._left <= 0:
            return False
        self._left -= 1
        return self._breaks(b"".join(parts))


def _fewer(parts: list[bytes], budget: _Budget) -> bytes:
    """Leaves out halves, then quarters, and so on to single parts."""
    size = len(parts) // 2
    while size >= 1:
        start = 0
        while start < len(parts):
            rest = parts[:start] + parts[start + size :]
            if budget.breaks(rest):
                parts = rest
            else:
                start += size
        size //= 2
    return b"".join(parts)
