"""However a server spells its numbers, the same samples come out, and what is no sample is refused."""

from __future__ import annotations

import struct
from collections.abc import Callable
from itertools import accumulate
from pathlib import Path

import pytest
from gaugewright.export.answers import Run, check, decode
from gaugewright.export.arrow import Batches
from gaugewright.export.errors import Transient
from hypothesis import given
from hypothesis import strategies as st

from tests.export.exporting import asked

ANSWER = '{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"level"},"values":%s}]}}'
START, END = 1_700_000_000_000, 1_700_003_600_000
SPELLINGS = {
    "digits": '[[1700000000,"1"],[1700000015,"2.5"]]',
    "a zero behind the point": '[[1700000000.0,"1"],[1700000015.0,"2.5"]]',
    "digits, then a zero": '[[1700000000,"1"],[1700000015.0,"2.5"]]',
    "digits, then many zeros": '[[1700000000,"1"],[1700000015.000,"2.5"]]',
    "a zero, then digits": '[[1700000000.0,"1"],[1700000015,"2.5"]]',
    "an exponent": '[[1700000000,"1"],[1.700000015e9,"2.5"]]',
    "an exponent with its sign": '[[1700000000,"1"],[1700000015E+0,"2.5"]]',
    "a space before the comma": '[[1700000000,"1"],[1700000015 ,"2.5"]]',
    "a space before the time": '[[1700000000,"1"],[ 1700000015,"2.5"]]',
    "a space behind the value": '[[1700000000,"1" ],[1700000015,"2.5"]]',
    "a space at the end": '[[1700000000,"1"],[1700000015,"2.5" ]]',
    "escapes": '[[1700000000,"\\u0031"],[1700000015,"2.5"]]',
}


WAYS = pytest.mark.parametrize("way", ["with texts", "columns alone"])


def read(way: str, pairs: str) -> Run:
    reading: Callable[[bytes], list[Run]] = decode
    if way == "columns alone":
        pytest.importorskip("pyarrow")
        reading = Batches(asked(Path())).decode
    [run] = reading((ANSWER % pairs).encode())
    return run


def only_run(way: str, pairs: str) -> Run:
    run = read(way, pairs)
    check(run, "level", (), START, END)
    return run


def rows(run: Run) -> list[str]:
    """Cut at every place, all cuts with the same result."""
    whole = run.lines(0, len(run.times)).decode().splitlines(keepends=True)
    for begin in range(len(whole)):
        for end in range(begin + 1, len(whole) + 1):
            assert run.lines(begin, end).decode().splitlines(keepends=True) == whole[begin:end]
    return [line.removesuffix(",\n") for line in whole]


@WAYS
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_times_are_the_same_however_they_are_spelled(way: str, spelling: str) -> None:
    run = only_run(way, SPELLINGS[spelling])
    assert list(run.times) == [1_700_000_000_000, 1_700_000_015_000]
    if way == "with texts":
        assert rows(run) == ["1700000000000,1", "1700000015000,2.5"]
    else:
        assert list(run.values) == [1.0, 2.5]


@WAYS
@pytest.mark.parametrize(
    ("times", "expected"),
    [
        (("1700000000.125", "1700000000.5"), (1_700_000_000_125, 1_700_000_000_500)),
        (("1700000000.12", "1700000001.12"), (1_700_000_000_120, 1_700_000_001_120)),
        (("1700000000.999", "1700000001"), (1_700_000_000_999, 1_700_000_001_000)),
        (("1700000000", "1700000000.001"), (1_700_000_000_000, 1_700_000_000_001)),
        (("1700000000", "17000000001e-1"), (1_700_000_000_000, 1_700_000_000_100)),
    ],
)
def test_milliseconds_are_kept(way: str, times: tuple[str, str], expected: tuple[int, int]) -> None:
    run = only_run(way, f'[[{times[0]},"7"],[{times[1]},"7"]]')
    assert tuple(run.times) == expected
    if way == "with texts":
        assert rows(run) == [f"{time},7" for time in expected]


@WAYS
@pytest.mark.parametrize("time", ["1700000001.0004", "1700000001.1234", "1700000001.00000024"])
def test_a_time_between_two_milliseconds_is_refused(way: str, time: str) -> None:
    for pairs in (f'[[{time},"7"],[1700000005,"7"]]', f'[[1700000000,"7"],[{time},"7"]]', f'[[{time},"7"]]'):
        with pytest.raises(Transient, match="between two milliseconds"):
            only_run(way, pairs)


GAPS = st.lists(st.sampled_from([1, 2, 500, 1000, 15_000, 15_000, 15_000]), min_size=1, max_size=40)
TEXTS = ("5", "0", "-0", "-0.5", "2.5", "12.137", "1e-05", "1.5e+21", "NaN", "+Inf", "17000000001")


@WAYS
@given(start=st.sampled_from([1_000, START, START + 137, START + 130]), gaps=GAPS, data=st.data())
def test_samples_come_out_as_they_went_in(way: str, start: int, gaps: list[int], data: st.DataObject) -> None:
    """However many times share their fraction, whatever the values are."""
    times = list(accumulate(gaps, initial=start))
    few = data.draw(st.lists(st.sampled_from(TEXTS), min_size=1, max_size=3))
    texts = [few[index % len(few)] for index in range(len(times))]
    spelled = [f"{time // 1000}" + (f".{time % 1000:03}" if time % 1000 else "") for time in times]
    if data.draw(st.booleans(), "as VictoriaMetrics writes them"):
        spelled = [f"{time // 1000}.{time % 1000:03}".rstrip("0").rstrip(".") for time in times]
    pairs = ",".join(f'[{time},"{text}"]' for time, text in zip(spelled, texts, strict=True))
    expected = [NORMAL_NAN if text == "NaN" else bits(float(text)) for text in texts]
    run = read(way, f"[{pairs}]")
    for dropped in (0, 1):
        if dropped:
            run.drop_first()
        assert list(run.times) == times[dropped:]
        if way == "with texts":
            assert rows(run) == [f"{time},{text}" for time, text in zip(times, texts, strict=True)][dropped:]
        else:
            assert [bits(value) for value in run.values] == expected[dropped:]


@WAYS
@given(time=st.integers(10**12, 10**13 - 1))
def test_every_millisecond_is_told_from_its_neighbours(way: str, time: int) -> None:
    run = read(way, f'[[{time // 1000}.{time % 1000:03},"7"]]')
    assert list(run.times) == [time]


def bits(value: float) -> bytes:
    return struct.pack("<d", value)


NORMAL_NAN = struct.pack("<Q", 0x7FF8000000000001)


@WAYS
@pytest.mark.parametrize("time", ["1700000001000", "1700000001000.5", "170000000.1137", "17000000011.37", "1e400"])
@pytest.mark.parametrize("value", ["7", "7.5"])
def test_a_time_of_another_unit_is_refused(way: str, time: str, value: str) -> None:
    for pairs in (
        f'[[{time},"{value}"]]',
        f'[[1700000000.137,"{value}"],[{time},"{value}"]]',
        f'[[{time},"{value}"],[1700000015.137,"{value}"]]',
    ):
        with pytest.raises(Transient):
            only_run(way, pairs)
