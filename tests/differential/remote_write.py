"""Samples in the words of Prometheus's remote-write protocol 1.0, stale markers included.

The message is small enough to be spelled by hand: protobuf fields of two kinds, in a snappy block of literals
alone. Source: https://prometheus.io/docs/specs/prw/remote_write_spec/ and snappy's format_description.txt.
"""

import struct
from collections.abc import Iterable, Mapping, Sequence

_STALE = struct.pack("<Q", 0x7FF0000000000002)
"""The NaN that marks the end of a series."""
_LITERAL = 65536


def write_request(series: Mapping[tuple[tuple[str, str], ...], Sequence[tuple[int, float | None]]]) -> bytes:
    """The body of a request: for each series (sorted labels) its samples (milliseconds; None is stale)."""
    return _snappy(b"".join(_field(1, _series(labels, samples)) for labels, samples in series.items()))


def _series(labels: Iterable[tuple[str, str]], samples: Iterable[tuple[int, float | None]]) -> bytes:
    parts = [_field(1, _field(1, name.encode()) + _field(2, value.encode())) for name, value in labels]
    parts += [_field(2, _sample(time, value)) for time, value in samples]
    return b"".join(parts)


def _sample(time: int, value: float | None) -> bytes:
    number = _STALE if value is None else struct.pack("<d", value)
    return b"\x09" + number + b"\x10" + _varint(time)


def _field(number: int, content: bytes) -> bytes:
    """A field of bytes (wire type 2)."""
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    found.append(number)
    return bytes(found)


def _snappy(content: bytes) -> bytes:
    parts = [_varint(len(content))]
    for begin in range(0, len(content), _LITERAL):
        literal = content[begin : begin + _LITERAL]
        parts += [b"\xf4", struct.pack("<H", len(literal) - 1), literal]
    return b"".join(parts)
