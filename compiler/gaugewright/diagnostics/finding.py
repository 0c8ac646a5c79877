"""What a finding is: a code, the words, and the characters it points at.

A pass that reads only a text (a query, a template, a cron expression) gives `TextFinding`s, whose
offsets count characters of that text. The model turns them into `Diagnostic`s, whose places are
lines and columns of the user's file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gaugewright.diagnostics.mend import Mend

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A stretch of a file. Lines and columns count from 1; `end_column` is the first one after it."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that explains the finding ("declared here")."""

    message: str
    place: Place


@dataclass(frozen=True, slots=True)
class TextFinding:
    """A finding inside a text: characters `start` to `end` (exclusive) of it, counted from 0. The edits of its mend
    count the same characters."""

    code: str
    start: int
    end: int
    message: str
    help: str = ""
    mend: Mend | None = None


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A finding as the user sees it.

    `entity` names what it is about (an alert, a metric, a panel) and is what `allow` matches by;
    several names may apply, the innermost first. The edits of `mend` name the values of the spec that they change.
    """

    code: str
    severity: Severity
    message: str
    place: Place
    help: str = ""
    related: tuple[Related, ...] = ()
    entities: tuple[str, ...] = ()
    mend: Mend | None = None
