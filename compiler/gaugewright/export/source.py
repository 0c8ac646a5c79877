"""The samples of an export in the server, asked for by a span of time and by labels, however often it takes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from random import random
from typing import TypeVar

from gaugewright.export.answers import Run, check, decode, in_order
from gaugewright.export.client import Client
from gaugewright.export.early import Early
from gaugewright.export.errors import ExportError, Interrupted, TooLarge, TooSlow, Transient
from gaugewright.export.request import Request, rfc3339
from gaugewright.export.selectors import Matcher, Span, is_identifier, selector

T = TypeVar("T")

LONGEST_PAUSE = 30.0
LONGEST_ASKED_PAUSE = 300.0
LONGEST_IN_URL = 2000


@dataclass(frozen=True, slots=True)
class Region:
    """Series of one name whose labels are in the spans, from start_ms (inclusive) to end_ms."""

    series: str
    start_ms: int
    end_ms: int
    spans: tuple[Span, ...] = ()


class Source:
    """Asks, and asks again where that can help.

    `retry_for` is how many seconds of failures on end are borne; `stop` ends every pause. `said` is told
    about each failure that is borne.
    """

    def __init__(
        self,
        client: Client,
        request: Request,
        retry_for: float = 120.0,
        stop: threading.Event | None = None,
        said: Callable[[str], None] = lambda text: None,
        decoder: Callable[[bytes], list[Run]] = decode,
    ) -> None:
        self._client = client
        self._request = request
        self._retry_for = retry_for
        self._stop = stop or threading.Event()
        self._said = said
        self._decode = decoder
        self._early: Early[Region, bytes] = Early(lambda region: client.query(*self._query(region)))

    def samples(self, region: Region, smallest: bool = False, then: Region | None = None) -> list[Run]:
        """The region's series, sorted and checked. Raises TooLarge and ExportError.

        One that is too slow is asked for again where it is the `smallest`, so that less cannot be asked for. `then`
        is what will be wanted next, if it is known.
        """
        try:
            return self._persist(lambda: self._samples(region, then), again=smallest)
        except TooSlow as error:
            self._said(f"{error}; less is asked for")
            raise

    def _samples(self, region: Region, then: Region | None) -> list[Run]:
        filters = self._request.filters
        body = self._early.take(region)
        if then is not None:
            self._early.begin(then)
        runs = self._decode(body)
        for run in runs:
            check(run, region.series, filters, region.start_ms, region.end_ms)
            if self._request.step_ms is not None:
                _check_grid(run, self._request.start_ms, self._request.step_ms)
        return in_order([run for run in runs if run.times])

    def _query(self, region: Region) -> tuple[str, dict[str, str]]:
        """Raw samples: the range selector at the last millisecond, its range reaching back to before the first.
        Ranges are open at their left in Prometheus 3, and closed in 2, whose one sample more is dropped."""
        written = self._selector(region)
        step = self._request.step_ms
        if step is None:
            length = region.end_ms - region.start_ms
            return "/api/v1/query", {"query": f"{written}[{length}ms]", "time": rfc3339(region.end_ms - 1)}
        last = region.start_ms + (region.end_ms - 1 - region.start_ms) // step * step
        times = {"start": rfc3339(region.start_ms), "end": rfc3339(last), "step": f"{step}ms"}
        return "/api/v1/query_range", {"query": written, **times}

    def label_names(self, region: Region) -> list[str]:
        """Of the region's series, in alphabetical order, without the name."""
        found = self._listing("/api/v1/labels", region)
        return sorted(set(found) - {"__name__"})

    def label_values(self, region: Region, label: str) -> list[str]:
        """Sorted; "" first, since some of the series may lack the label."""
        return sorted({"", *self._listing(label_path(label), region)})

    def _listing(self, path: str, region: Region) -> list[str]:
        self._early.settle()
        return self._persist(lambda: self._client.listing(path, self._matching(region)), again=True)

    def _matching(self, region: Region) -> dict[str, str]:
        """Goes into a URL, which must not be long. Without the region's spans there are more names and values on
        the list than it has, which does no harm."""
        times = {"start": rfc3339(region.start_ms), "end": rfc3339(region.end_ms - 1)}
        written = self._selector(region)
        if len(written) > LONGEST_IN_URL:
            written = self._selector(replace(region, spans=()))
        return {"match[]": written, **times}

    def _selector(self, region: Region) -> str:
        filters = [Matcher(label, value) for label, value in self._request.filters]
        return selector(region.series, [*filters, *region.spans])

    def _persist(self, ask: Callable[[], T], again: bool) -> T:
        """Asks until there is an answer, with growing pauses, or longer ones where the server asks for them.

        `again`: also where none came in time.
        """
        failing_since: float | None = None
        attempt = 0
        while True:
            if self._stop.is_set():
                raise Interrupted("it was stopped")
            try:
                return self._told(ask)
            except (Transient, TooSlow) as error:
                if isinstance(error, TooSlow) and not again:
                    raise
                now = time.monotonic()
                failing_since = failing_since or now
                attempt += 1
                pause, is_asked = _pause(attempt, error)
                # A pause that the server asks for may end after that time.
                if now + (0 if is_asked else pause) >= failing_since + self._retry_for:
                    raise ExportError(f"{error}; given up after {_attempts(attempt)}") from None
                self._said(f"{error}; again in {pause:.1f} s")
                self._stop.wait(pause)

    def _told(self, ask: Callable[[], T]) -> T:
        """What a server says gets no further than here as it is: it may hold our secrets, or escapes."""
        try:
            return ask()
        except (ExportError, TooLarge, Transient) as error:
            error.args = (self._client.shown(str(error)),)
            raise


def _pause(attempt: int, error: Transient | TooSlow) -> tuple[float, bool]:
    """Seconds: twice as many each time, by chance up to a half less, or as many as the server asks for, if more; and
    whether it does."""
    own = min(LONGEST_PAUSE, 0.5 * 2 ** min(attempt, 10)) * (0.5 + random() / 2)
    asked = min(LONGEST_ASKED_PAUSE, (isinstance(error, Transient) and error.after) or 0.0)
    return max(own, asked), asked > own


def label_path(label: str) -> str:
    """Of a label's values. A name that is no identifier is escaped as Prometheus has it (model.EscapeName, values):
    a slash could not be told from the path's own."""
    if is_identifier(label):
        return f"/api/v1/label/{label}/values"
    return f"/api/v1/label/U__{''.join(map(_escaped, label))}/values"


def _escaped(character: str) -> str:
    if character == "_":
        return "__"
    return character if character.isascii() and character.isalpha() else f"_{ord(character):x}_"


def _attempts(count: int) -> str:
    return "1 attempt" if count == 1 else f"{count} attempts"


def _check_grid(run: Run, start_ms: int, step_ms: int) -> None:
    if any((time - start_ms) % step_ms for time in run.times):
        raise Transient(f"the answer holds values of {run.name} that are not on the grid of the steps")
