"""A server's answer to a query, decoded into columns and checked.

Speed is decided here. Python objects for each sample (a pair, a number, a text) take longer than the server
takes to make the answer, so a series stays the bytes that came, beside two columns of numbers that one call
decodes; texts are cut out of the bytes only for the formats that write them. What is not of the form that
Prometheus writes (spaces, NaN) goes a slower way with the same result.
"""

from __future__ import annotations

import operator
import re
import struct
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import msgspec

from gaugewright.export.errors import ExportError, Transient

Milliseconds = Callable[["array[float]"], "array[float] | None"]
"""From a column of seconds, or None where one of them is between two milliseconds."""
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
_FLOATS = msgspec.json.Decoder(list[float])
_PAIRS = msgspec.json.Decoder(list[tuple[float, str]])
_THIRTEEN_DIGITS = 1e12, 1e13
"""Milliseconds from 2001 to 2286 have as many digits, and no seconds of our days do."""
_TEN_DIGITS = 1e9, 1e10
_FRACTION = re.compile(rb"\.[0-9]{3}")
# Of times, never of values, which no comma follows.
_OTHER_FRACTION = re.compile(rb'\.([0-9]{1,12}+),"')
_FEW = 300
"""Bytes for each time that is not as usual, from which on they are few."""
_DIGITS = b"0123456789+-eE"
_WITH_POINT = b'[.,""],'
"""What is left of a pair without its digits, where times have a fraction and values have none."""
_WITHOUT = b'[,""],'
"""And without any points."""
# A pair's two quotes become the commas behind its time and its value; what else is in it goes.
_TO_LINES = bytes.maketrans(b'"]', b",\n")
_NOT_IN_LINES = b",[;"


@dataclass(slots=True, eq=False)
class Run:
    """Samples of one series, in the order of time. `labels` lacks the name.

    `times` are whole milliseconds. `text` is both in the server's own digits, times in milliseconds too, each followed
    by a comma, a sample a line; the last line can be an empty one. Where texts are asked for there may be no `values`,
    where columns alone are asked for there may be no `text`.
    """

    name: str
    labels: Mapping[str, str]
    times: array[float]
    values: array[float]
    text: bytes
    _found: tuple[int, int] = (0, 0)
    """A sample, and where in `text` it begins."""

    def lines(self, begin: int, end: int) -> bytes:
        """The samples `begin` to `end` (exclusive) as `1700000000123,5,` with a line feed behind each."""
        first = self._place(begin)
        return self.text[first : self._place(end)]

    def drop_first(self) -> None:
        """Of several samples."""
        if self.text:
            self.text = self.text[self._place(1) :]
        self._found = 0, 0
        del self.times[:1], self.values[:1]

    def _place(self, sample: int) -> int:
        """Where it begins, or would begin behind the last one."""
        if sample == len(self.times):
            return self.text.rindex(b",") + 2
        known, place = self._found
        if sample != known:
            place = self._found_place(sample, known, place)
            self._found = sample, place
        return place

    def _found_place(self, sample: int, known: int, place: int) -> int:
        """Looked for where it will be if the lines behind the known place are as long as most, then everywhere."""
        begin = b"\n%d," % self.times[sample]
        likely = (sample - known) * len(self.text) // len(self.times)
        found = self.text.find(begin, place + likely - likely // 16 - 1, place + likely + likely // 16 + 99)
        if found < 0:
            found = self.text.find(begin)
        return found + 1


def decode(body: bytes, milliseconds: Milliseconds | None = None) -> list[Run]:
    """The series of a successful answer, in any order. Raises Transient for anything else, and ExportError for
    native histograms, which no format here can hold.

    With texts, or where `milliseconds` is given with values.
    """
    try:
        answer = _ANSWER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Transient(f"the answer is cut or no answer to a query ({error})") from None
    if answer.status != "success" or answer.data.resultType != "matrix":
        raise Transient(f"the answer is a {answer.status} of the type {answer.data.resultType}, not a matrix")
    if answer.warnings or answer.isPartial:
        raise Transient(f"the answer is not complete: {'; '.join(answer.warnings or ['isPartial'])}")
    return [_run(series, milliseconds) for series in answer.data.result]


def _run(series: _Series, milliseconds: Milliseconds | None) -> Run:
    name = series.metric.pop("__name__", "")
    if len(bytes(series.histograms)):
        raise ExportError(f"{name} holds native histograms, which cannot be exported; leave the metric out")
    pairs = bytes(series.values)
    if milliseconds is None:
        found = _read_with_text(name, series.metric, pairs)
    else:
        found = _read_columns(name, series.metric, pairs, milliseconds)
    return found or _read_slowly(name, series.metric, pairs)


def _read_with_text(name: str, labels: Mapping[str, str], pairs: bytes) -> Run | None:
    """None where anything is unusual, or wrong."""
    for text in _in_milliseconds(pairs):
        numbers = _numbers(text[: text.rindex(b",")], _THIRTEEN_DIGITS)
        if numbers is not None:
            return Run(name, labels, array("d", numbers[::2]), array("d"), text)
    return None


def _read_columns(name: str, labels: Mapping[str, str], pairs: bytes, milliseconds: Milliseconds) -> Run | None:
    """The same without the text, and with values."""
    if not _repeats(pairs.translate(None, _DIGITS + b"."), _WITHOUT):
        return None
    numbers = _numbers(pairs.translate(None, b'["]'), _TEN_DIGITS)
    if numbers is None:
        return None
    # At once, while the numbers are in the processor's cache: they are small objects all over the memory.
    columns = array("d", numbers)
    times, values = milliseconds(columns[::2]), columns[1::2]
    return None if times is None or _has_minus_zero(pairs, values) else Run(name, labels, times, values, b"")


def _numbers(text: bytes, bounds: tuple[float, float]) -> list[float] | None:
    """Times, which must ascend within the bounds, each with its value. Both must be numbers to a decoder of JSON."""
    try:
        numbers = _FLOATS.decode(b"[%b]" % text)
    except msgspec.DecodeError:
        return None
    times = numbers[::2]
    return numbers if times[0] >= bounds[0] and times[-1] < bounds[1] and _is_ascending(times) else None


def _has_minus_zero(pairs: bytes, values: array[float]) -> bool:
    """`-0` loses its sign in a decoder of JSON."""
    return b"-" in pairs and 0.0 in values and b'"-0"' in pairs  # the fastest question first


def _in_milliseconds(pairs: bytes) -> Iterator[bytes]:
    """What may be a run's text, made in a few passes over the bytes: times lose the point before their last three
    digits.

    Pairs of a number and a text of a number's characters, and nothing else: nothing for NaN, the infinities, spaces.
    Times of another form than is taken for granted here come out with more or fewer than thirteen digits. Where values
    have no points, only the first time and the last are looked at for where theirs is, so that all are in this unit.
    """
    usual = pairs.rpartition(b',"')[0][-4:]
    has_fraction = _FRACTION.fullmatch(usual)
    shape = pairs.translate(None, _DIGITS)
    if has_fraction and pairs[12:13] == b"." and _repeats(shape, _WITH_POINT):
        yield pairs.translate(_TO_LINES, _NOT_IN_LINES + b".")
    is_sound = _repeats(shape.translate(None, b"."), _WITHOUT)
    del shape  # what nobody needs any more must not keep the rest out of the processor's cache
    if is_sound:
        # As long as before, which is the fastest replacement there is; a few remain, or most if it is not usual.
        text = _others(pairs.replace(usual + b',"', usual[1:] + b'";;') if has_fraction else pairs)
        if text is not None:
            text = text.translate(_TO_LINES, _NOT_IN_LINES)
            yield text


def _others(pairs: bytes) -> bytes | None:
    """The times that a comma follows still, brought to milliseconds, and followed by something else.

    Prometheus writes three decimals or none, VictoriaMetrics as many as it takes.
    """
    pieces = pairs.split(b',"')
    if _FEW * len(pieces) > len(pairs):
        return _many_others(pairs)
    last = pieces.pop()
    for place, piece in enumerate(pieces):
        point = piece.rfind(b".", -4)
        if point >= 0:
            pieces[place] = piece[:point] + piece[point + 1 :].ljust(3, b"0")
        elif piece[-11:-10] == b"[":
            pieces[place] = piece + b"000"
        else:
            return None
    return b'";'.join([*pieces, last])


def _many_others(pairs: bytes) -> bytes | None:
    """The same without a loop over whole seconds."""
    pieces = _OTHER_FRACTION.split(pairs)
    for place in range(1, len(pieces), 2):
        if len(pieces[place]) > 3:
            return None
        pieces[place] = pieces[place].ljust(3, b"0") + b'";'
    return b'000"'.join(b"".join(pieces).split(b',"'))  # faster than to replace it


def _repeats(shape: bytes, pair: bytes) -> int:
    """How often the pair, if the shape is a list of such and nothing else, and 0 otherwise."""
    count, rest = divmod(len(shape) - 1, len(pair))
    return count if rest == 0 and count > 0 and shape == b"[" + pair * (count - 1) + pair[:-1] + b"]" else 0


def _is_ascending(times: list[float]) -> bool:
    return all(map(operator.lt, times, islice(times, 1, None)))


def _read_slowly(name: str, labels: Mapping[str, str], pairs: bytes) -> Run:
    try:
        decoded = _PAIRS.decode(pairs)
        values = [_number(text) for _, text in decoded]
        times: list[float] = [round(time * 1000) for time, _ in decoded]
    except (msgspec.DecodeError, ValueError, OverflowError) as error:
        raise Transient(f"samples of {name} are none ({error})") from None
    if not _is_ascending(times):
        raise Transient(f"the answer holds samples of {name} twice or out of order")
    if any(time / 1000 != seconds for time, (seconds, _) in zip(times, decoded, strict=True)):
        raise Transient(f"the answer holds samples of {name} between two milliseconds")
    lines = [f"{time},{text},\n" for time, (_, text) in zip(times, decoded, strict=True)]
    return Run(name, labels, array("d", times), array("d", values), "".join(lines).encode())


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
    if run.times and run.times[0] == start_ms - 1:
        if len(run.times) == 1:
            del run.times[:]
            return
        run.drop_first()
    if run.times and (run.times[0] < start_ms or run.times[-1] >= end_ms):
        raise Transient(f"the answer holds samples of {name} outside of the time that was asked for")


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
