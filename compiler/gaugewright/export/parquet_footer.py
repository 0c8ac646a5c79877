"""Parquet footers, moved and joined.

Row groups are written one by one, each as a small file of its own, and only their bytes are kept; a killed export
then goes on behind the last of them. The file's footer is made at the end out of the groups' own: every offset moved
to where the group's bytes really lie. pyarrow has no call for that, so the footer is read and written here: Thrift's
compact protocol (thrift-compact-protocol.md), and of Parquet's structures only the fields that hold offsets
(parquet.thrift; FileMetaData, RowGroup, ColumnChunk, ColumnMetaData).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

MAGIC = b"PAR1"

_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 12
_INTEGERS = (4, 5, 6)  # i16, i32, i64


@dataclass(slots=True)
class _Field:
    kind: int
    value: Any


_Struct = dict[int, _Field]


@dataclass(slots=True)
class _Items:
    kind: int
    values: list[Any]


def split(file: bytes) -> tuple[bytes, bytes]:
    """A file of one row group: the group's bytes, and the footer."""
    length = int.from_bytes(file[-8:-4], "little")
    return file[len(MAGIC) : -8 - length], file[-8 - length : -8]


def joined(footers: Sequence[tuple[int, bytes]]) -> bytes:
    """The end of a file with these row groups: each group's place in the file, and its own footer. One at least."""
    first = _Reader(footers[0][1]).struct()
    groups: list[_Struct] = []
    for offset, footer in footers:
        metadata = _Reader(footer).struct()
        for group in metadata[4].value.values:
            _move(group, offset - len(MAGIC), len(groups))
            groups.append(group)
    first[3].value = sum(group[3].value for group in groups)
    first[4].value.values = groups
    written = bytearray()
    _write_struct(written, first)
    return bytes(written) + len(written).to_bytes(4, "little") + MAGIC


def _move(group: _Struct, by: int, ordinal: int) -> None:
    """RowGroup: 1 columns, 5 file_offset, 7 ordinal. ColumnChunk: 2 file_offset, 3 meta_data. ColumnMetaData:
    9 data_page_offset, 10 index_page_offset, 11 dictionary_page_offset. We write no page indexes and no filters."""
    _add(group, 5, by)
    if 7 in group:
        group[7].value = ordinal
    for chunk in group[1].value.values:
        if chunk[2].value:  # 0 is what new writers put there
            _add(chunk, 2, by)
        for field in (9, 10, 11):
            _add(chunk[3].value, field, by)


def _add(struct: _Struct, field: int, by: int) -> None:
    if field in struct:
        struct[field].value += by


class _Reader:
    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    def struct(self) -> _Struct:
        fields: _Struct = {}
        number = 0
        while (head := self._byte()) != 0:
            kind = head & 15
            number = number + (head >> 4) if head >> 4 else self._integer()
            fields[number] = _Field(kind, kind if kind in (_TRUE, _FALSE) else self._value(kind))
        return fields

    def _value(self, kind: int) -> Any:
        if kind in _INTEGERS:
            return self._integer()
        if kind == _BINARY:
            return self._bytes(self._unsigned())
        if kind == _STRUCT:
            return self.struct()
        if kind in (_LIST, _SET):
            head = self._byte()
            count = head >> 4 if head >> 4 < 15 else self._unsigned()
            return _Items(head & 15, [self._value(head & 15) for _ in range(count)])
        return self._bytes({_TRUE: 1, _FALSE: 1, _BYTE: 1, _DOUBLE: 8}[kind])

    def _byte(self) -> int:
        self._at += 1
        return self._content[self._at - 1]

    def _bytes(self, count: int) -> bytes:
        self._at += count
        return self._content[self._at - count : self._at]

    def _unsigned(self) -> int:
        value = shift = 0
        while (byte := self._byte()) & 128:
            value |= (byte & 127) << shift
            shift += 7
        return value | byte << shift

    def _integer(self) -> int:
        coded = self._unsigned()
        return (coded >> 1) ^ -(coded & 1)


def _write_struct(written: bytearray, fields: _Struct) -> None:
    before = 0
    for number in sorted(fields):
        field = fields[number]
        if number - before <= 15:
            written.append((number - before) << 4 | field.kind)
        else:
            written.append(field.kind)
            _write_integer(written, number)
        if field.kind not in (_TRUE, _FALSE):
            _write_value(written, field.kind, field.value)
        before = number
    written.append(0)


def _write_value(written: bytearray, kind: int, value: Any) -> None:
    if kind in _INTEGERS:
        _write_integer(written, value)
    elif kind == _BINARY:
        _write_unsigned(written, len(value))
        written += value
    elif kind == _STRUCT:
        _write_struct(written, value)
    elif kind in (_LIST, _SET):
        count = len(value.values)
        written.append(min(count, 15) << 4 | value.kind)
        if count >= 15:
            _write_unsigned(written, count)
        for item in value.values:
            _write_value(written, value.kind, item)
    else:
        written += value


def _write_unsigned(written: bytearray, value: int) -> None:
    while value > 127:
        written.append(value & 127 | 128)
        value >>= 7
    written.append(value)


def _write_integer(written: bytearray, value: int) -> None:
    _write_unsigned(written, value << 1 if value >= 0 else (-value << 1) - 1)
