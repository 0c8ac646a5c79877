"""Which values of a spec are secrets, so that no message or excerpt shows them."""

from __future__ import annotations

import re

_SECRET_KEY = re.compile(
    r"(?:^|_)(?:password|secret|token|credentials?|api_key|routing_key|service_key|user_key|secret_key|access_key|"
    r"api_url|webhook_url|url)$"
)
_NO_SECRET = frozenset(("runbook_url", "prometheus_url"))
_USER_INFO = re.compile(r"(?<=://)[^/\s@:]+:[^/\s@]+(?=@)")


def is_secret_key(key: str) -> bool:
    """Whether a field of this name may hold a secret (`api_url` and `url` may: webhook URLs carry tokens)."""
    return _SECRET_KEY.search(key) is not None and key not in _NO_SECRET


def masked(line: str, secrets: list[tuple[int, int]]) -> str:
    """A line of the spec with the given stretches (0-based columns), and user info in URLs, starred out."""
    for start, end in secrets:
        line = line[:start] + "*" * len(line[start:end]) + line[end:]
    return _USER_INFO.sub(lambda found: "*" * len(found[0]), line)
