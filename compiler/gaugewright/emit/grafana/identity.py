"""Names by which Grafana knows our things from one build to the next.

A link (`/d/<uid>/...?viewPanel=<id>`) should live as long as what it shows, so nothing here depends on
the order of dashboards or panels: a panel put between two others changes no other's id.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from hashlib import sha256

_UID_LENGTH = 40
"""Grafana takes uids of at most 40 of `[A-Za-z0-9_-]`."""
_PANEL_IDS = 1 << 24
"""Small enough to be read out to somebody, large enough that two of 100 panels seldom meet."""


def dashboard_uid(service: str, slug: str) -> str:
    """Of the service and the dashboard's slug: a title's letter case and punctuation may change."""
    return _uid(service, f"{service}/{slug}")


def datasource_uid(service: str) -> str:
    """Of the service alone; no dashboard's, since a slug is never empty."""
    return _uid(service, f"{service}/")


def panel_ids(keys: Iterable[tuple[str, str]]) -> list[int]:
    """Ids from 1 upwards for panels and rows, by kind and title; equal ones are told apart by their order."""
    seen: Counter[tuple[str, str]] = Counter()
    taken: set[int] = set()
    ids: list[int] = []
    for key in keys:
        candidate = _number("\0".join((*key, str(seen[key]))))
        while candidate in taken:
            candidate = candidate % _PANEL_IDS + 1
        seen[key] += 1
        taken.add(candidate)
        ids.append(candidate)
    return ids


def _uid(readable: str, key: str) -> str:
    digest = sha256(key.encode()).hexdigest()[:12]
    return f"{readable[: _UID_LENGTH - len(digest) - 1]}-{digest}"


def _number(key: str) -> int:
    return int.from_bytes(sha256(key.encode("utf-8", "surrogatepass")).digest()[:8], "big") % _PANEL_IDS + 1
