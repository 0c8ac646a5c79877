"""Which values of a spec are secrets, so that no message or excerpt shows them.

Told by a field's name, or by a text's form alone (no entropy: routes and hashes look random too).
"""

from __future__ import annotations

import re
from typing import NamedTuple

_SECRET_KEY = re.compile(
    r"(?:^|_)(?:password|secret|token|credentials?|api_key|routing_key|service_key|user_key|secret_key|access_key|"
    r"api_url|webhook_url|url)$"
)
_LIKE_A_SECRET = re.compile(r"(?i)pas+w|pas+o|pwd|secre?t|tok[ea]?n|cred|api_?key(?!_file)|auth_pas")
_NO_SECRET = frozenset(("runbook_url", "prometheus_url"))

# What may be long is bounded where the pattern begins anew at every letter or hyphen: time stays linear.
_FORMS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "a URL with user information",
        re.compile(r"[a-z][a-z0-9+.-]{0,30}://(?P<secret>[^/\s@:]+(?::[^/\s@]*)?)@[^\s/]+", re.I),
    ),
    ("a credential", re.compile(r"\b(?:bearer|basic)\s+(?P<secret>[A-Za-z0-9+/._~-]{16,}=*)", re.I)),
    (
        "a credential",
        re.compile(
            r"\b(?:password|passwd|pwd|secret|api[_-]?key|token)\s*[=:]\s*(?!\{\{)(?P<secret>[^\s{}<>]{4,})", re.I
        ),
    ),
    (
        "a token",
        re.compile(
            r"\b(?P<secret>gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abprs]-[\w-]{10,}|"
            r"sk-[A-Za-z0-9_-]{20,}|AKIA[0-9A-Z]{16}|AIza[\w-]{30,}|eyJ[\w-]{10,999}\.[\w-]{10,9999}\.[\w-]*|"
            r"SG\.[\w-]{16,}\.[\w-]{16,}|npm_[A-Za-z0-9]{30,}|pypi-[\w-]{30,})"
        ),
    ),
)


class Sensitive(NamedTuple):
    """A stretch of a text that carries something sensitive, and what it is."""

    start: int
    end: int
    what: str


def is_secret_key(key: str) -> bool:
    """Whether a field of this name may hold a secret (`api_url` and `url` may: webhook URLs carry tokens)."""
    return _SECRET_KEY.search(key) is not None and key not in _NO_SECRET


def may_be_secret_key(key: str) -> bool:
    """As `is_secret_key`, for a field that nobody knows: a misspelt one too."""
    return is_secret_key(key) or _LIKE_A_SECRET.search(key) is not None


_KEY_OF_LINE = re.compile(r"(?<![\w-])(\w{1,60})[\"']? {0,9}:")


def secret_begins(line: str) -> int | None:
    """Where in a line of YAML, which need not be well-formed, the value of the first secret's key begins."""
    return next((match.end() for match in _KEY_OF_LINE.finditer(line) if is_secret_key(match[1])), None)


def credentials(text: str) -> list[Sensitive]:
    """Every credential and token in a text; they may overlap."""
    return [Sensitive(match.start(), match.end(), what) for what, form in _FORMS for match in form.finditer(text)]


def masked(line: str, secrets: list[tuple[int, int]]) -> str:
    """A line of the spec with the given stretches (0-based columns), and what looks like a credential,
    starred out. Its length stays."""
    found = [match.span("secret") for _, form in _FORMS for match in form.finditer(line)]
    for start, end in (*secrets, *found):
        line = line[:start] + "*" * len(line[start:end]) + line[end:]
    return line
