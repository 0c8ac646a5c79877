"""The specs that the fuzzer spoils: the example, one that uses everything, and small ones of every finding."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.fragments import BASE, spec_with

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "specs" / "proxywhirl.yaml"
EVERYTHING = ROOT / "tests" / "emit" / "everything.yaml"
AWKWARD = ROOT / "tests" / "emit" / "python" / "awkward.yaml"
FRAGMENTS = ROOT / "tests" / "findings"

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def honest() -> tuple[str, ...]:
    """Specs that draw no error."""
    return (*(path.read_text("utf-8") for path in (EXAMPLE, EVERYTHING, AWKWARD)), BASE)


@cache
def wrong() -> tuple[str, ...]:
    """Specs that each draw some finding, so that one more mistake meets the paths behind the first."""
    return tuple(spec_with(path.read_text("utf-8")) for path in sorted(FRAGMENTS.glob("*.yaml")))


def tree(text: str) -> Any:
    """The spec as plain Python values, the caller's own."""
    return deepcopy(_loaded(text))


@cache
def _loaded(text: str) -> Any:
    return yaml.load(text, Loader=_Loader)
