"""A server's answer to a query, decoded into columns and checked.

Speed is decided here. Python objects for each sample (a pair, a number, a text) take longer than the server
takes to make the answer, so a series stays the bytes that came, beside two lists of numbers that one call
decodes; texts are cut out of the bytes only for the formats that write them. What is not of the form that
Prometheus writes (spaces, NaN) goes a slower way with the same result.
"""

from __future__ import annotations

import operator
import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import msgspec

from gaugewright.export.errors import ExportError, Transient

NAN: float = struct.unpack("<d", struct.pack("<Q", 0x7FF8000000000001))[0]
"""The NaN that Prometheus stores for a scraped one (model/value, NormalNaN); its API only says `NaN`."""
# "-0" is a whole number to a decoder of JSON, which has no sign at zero.
_SPECIAL = {"NaN": NAN, "+Inf": float("inf"), "Inf": float("inf"), "-Inf": float("-inf"), "-0": -0.0}


class _Series(msgspec.Struct):
    metric: dict[str, str]
    values: msgspec.Raw = msgspec.Raw(b"")
    histograms: msgspec.Raw = msgspec.Raw(b"")


class _Data(msgspec.Struct):
    resultType: str
    result: list[_Series]


class _Answer(msgspec.Struct):
    status: str
    data: _Data
    warnings: list[str] | None = None
    isPartial: bool = False
    """VictoriaMetrics: not every storage node has answered."""


_ANSWER = msgspec.json.Decoder(_Answer)
_NUMBERS = msgspec.json.Decoder(list[float])
_PAIRS = msgspec.json.Decoder(list[tuple[float, str]])
_TEN_DIGITS = 1e9
"""From this second on, in 2001, a time is as long in milliseconds as any other of our days."""
_FRACTION = re.compile(rb"\.[0-9]{3}")
_POINT = re.compile(rb'\.(?=[0-9]{3},")')
_WHOLE_SECOND = re.compile(rb',"(?<=\[[0-9]{10},")')
"""Of times, never of values, which no comma follows."""
_PAIR = b'[,""],'
"""What is left of a pair without its numbers."""


@dataclass(slots=True, eq=False)
class Run:
    """Samples of one series, in the order of time.

    `seconds` and `values` are numbers; `pairs` is the server's JSON of both, `[[1700000000.123,"5"],...]`, in which
    the times are in milliseconds once they `are_milliseconds`. Where `texts` are there, they are the values' texts, and
    `pairs` is not looked at. `labels` lacks the name.
    """

    name: str
    labels: Mapping[str, str]
    seconds: list[float]
    values: list[float]
    pairs: bytes
    texts: list[str] | None = None
    are_milliseconds: bool = False
    _lines: list[bytes] | None = None

    def lines(self, middle: bytes) -> list[bytes]:
        """Each sample as its time in milliseconds, `middle`, and the server's own text of the value.

        One run is written in one format, so `middle` is the same at each call.
        """
        if self._lines is None and self.are_milliseconds:
            self._lines = self.pairs[2:-3].replace(b',"', middle).split(b'"],[')
        return self._format_lines(middle) if self._lines is None else self._lines

    def to_milliseconds(self) -> bool:
        """Whether all times are whole milliseconds; from now on they are written so, where that can be done in a few
        passes over the bytes: the decimals that most times of a regular scrape end in, then others, then whole seconds.
        """
        if self.texts is None and self.seconds[0] >= _TEN_DIGITS:
            usual = self.pairs.rpartition(b',"')[0][-4:]
            pairs = self.pairs.replace(usual + b',"', usual[1:] + b',"') if _FRACTION.fullmatch(usual) else self.pairs
            pairs = _POINT.sub(b"", pairs)
            found = len(self.pairs) - len(pairs)
            if found < len(self.seconds):
                pairs, whole = _WHOLE_SECOND.subn(b'000,"', pairs)
                found += whole
            if found == len(self.seconds):
                self.pairs, self.are_milliseconds = pairs, True
                return True
        return [round(time * 1000) / 1000 for time in self.seconds] == self.seconds

    def _format_lines(self, middle: bytes) -> list[bytes]:
        texts = self.texts if self.texts is not None else [text for _, text in _PAIRS.decode(self.pairs)]
        between = middle.decode()
        joined = "\n".join(
            [f"{round(time * 1000)}{between}{text}" for time, text in zip(self.seconds, texts, strict=True)]
        )
        self._lines = joined.encode().split(b"\n")
        return self._lines


def decode(body: bytes) -> list[Run]:
    """The series of a successful answer, in any order. Raises Transient for anything else, and ExportError for
    native histograms, which no format here can hold."""
    try:
        answer = _ANSWER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Transient(f"the answer is cut or no answer to a query ({error})") from None
    if answer.status != "success" or answer.data.resultType != "matrix":
        raise Transient(f"the answer is a {answer.status} of the type {answer.data.resultType}, not a matrix")
    if answer.warnings or answer.isPartial:
        raise Transient(f"the answer is not complete: {'; '.join(answer.warnings or ['isPartial'])}")
    return [_run(series) for series in answer.data.result]


def _run(series: _Series) -> Run:
    name = series.metric.pop("__name__", "")
    if len(bytes(series.histograms)):
        raise ExportError(f"{name} holds native histograms, which cannot be exported; leave the metric out")
    pairs = bytes(series.values)
    if _is_plain(pairs):
        try:
            numbers = _NUMBERS.decode(b"[%b]" % pairs.translate(None, b'"[]'))
        except msgspec.DecodeError:
            return _read_slowly(name, series.metric, pairs)
        return Run(name, series.metric, numbers[::2], numbers[1::2], pairs)
    return _read_slowly(name, series.metric, pairs)


def _is_plain(pairs: bytes) -> bool:
    """Whether nothing but pairs of a number and a text of a number's characters is in the JSON: not NaN, the infinities
    and spaces, nor -0."""
    shape = pairs.translate(None, b"0123456789.+-eE")
    count, rest = divmod(len(shape) - 1, len(_PAIR))
    return rest == 0 and count > 0 and shape == b"[" + _PAIR * (count - 1) + _PAIR[:-1] + b"]" and b'"-0"' not in pairs


def _read_slowly(name: str, labels: Mapping[str, str], pairs: bytes) -> Run:
    try:
        decoded = _PAIRS.decode(pairs)
        texts = [text for _, text in decoded]
        values = [_number(text) for text in texts]
    except (msgspec.DecodeError, ValueError) as error:
        raise Transient(f"samples of {name} are none ({error})") from None
    return Run(name, labels, [time for time, _ in decoded], values, pairs, texts)


def _number(text: str) -> float:
    """The value; of what is no number a ValueError, and not what Python alone takes for one (`1_0`, ` 5`)."""
    special = _SPECIAL.get(text)
    if special is None and text != text.strip():
        raise ValueError("spaces around a number")
    return msgspec.json.decode(text.encode(), type=float) if special is None else special


def check(run: Run, name: str, filters: Sequence[tuple[str, str]], start_ms: int, end_ms: int) -> None:
    """Refuses a run that was not asked for: Transient, since the next answer may be honest.

    A sample one millisecond before `start_ms` is dropped: Prometheus 2 counts the left end of a range in.
    """
    if run.name != name or any(run.labels.get(label, "") != value for label, value in filters):
        raise Transient(f"the answer holds the series {run.name}, which was not asked for")
    if run.seconds and run.seconds[0] == (start_ms - 1) / 1000:
        _drop_first(run)
    if not run.seconds:
        return
    if run.seconds[0] < start_ms / 1000 or run.seconds[-1] >= end_ms / 1000:
        raise Transient(f"the answer holds samples of {name} outside of the time that was asked for")
    if not all(map(operator.lt, run.seconds, islice(run.seconds, 1, None))):
        raise Transient(f"the answer holds samples of {name} twice or out of order")
    if not run.to_milliseconds():
        raise Transient(f"the answer holds samples of {name} between two milliseconds")


def _drop_first(run: Run) -> None:
    del run.seconds[0], run.values[0]
    if run.texts is not None:
        del run.texts[0]
    run.pairs = b"[" + run.pairs[run.pairs.find(b"],[") + 2 :] if run.seconds else b"[]"


def in_order(runs: list[Run]) -> list[Run]:
    """Sorted by the values of their labels, names in alphabetical order, "" for a missing one.

    Raises Transient where a series stands twice.
    """
    names = sorted({name for run in runs for name in run.labels})
    keyed = sorted(((tuple(run.labels.get(name, "") for name in names), run) for run in runs), key=lambda pair: pair[0])
    for (one, _), (other, run) in zip(keyed, islice(keyed, 1, None), strict=False):
        if one == other:
            raise Transient(f"the answer holds a series of {run.name} twice")
    return [run for _, run in keyed]
