"""JSON as text that can be put into a web page, a review and a diff."""

from __future__ import annotations

import json
import re
from typing import Any

_UNSAFE = re.compile("<(?=[A-Za-z/!?])|[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
"""What could end a script or open a tag in a page that holds the JSON, and what a reviewer cannot see or
an encoder cannot write. All of it can only stand inside strings, where JSON has an escape for it."""


def printed(value: Any) -> bytes:
    """The value as UTF-8, keys sorted, two blanks an indent, a line end at the end.

    Raises ValueError for a number that JSON cannot say."""
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return (_UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n").encode()
