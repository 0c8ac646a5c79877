"""However a server spells its numbers, the same samples come out, and what is no sample is refused."""

from __future__ import annotations

import pytest
from gaugewright.export.answers import Run, check, decode
from gaugewright.export.errors import Transient

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


def only_run(pairs: str) -> Run:
    [run] = decode((ANSWER % pairs).encode())
    check(run, "level", (), START, END)
    return run


def rows(run: Run) -> list[str]:
    """Cut at every place, all cuts with the same result."""
    whole = run.rows(0, len(run.times), b"\n").decode().split("\n")
    for begin in range(len(whole)):
        for end in range(begin + 1, len(whole) + 1):
            assert run.rows(begin, end, b"\n").decode().split("\n") == whole[begin:end]
    return whole


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_times_are_the_same_however_they_are_spelled(spelling: str) -> None:
    run = only_run(SPELLINGS[spelling])
    assert (run.times, run.values) == ([1_700_000_000_000, 1_700_000_015_000], [1.0, 2.5])
    assert rows(run) == ["1700000000000,1", "1700000015000,2.5"]


@pytest.mark.parametrize(
    ("times", "lines"),
    [
        (("1700000000.125", "1700000000.5"), ["1700000000125,7", "1700000000500,7"]),
        (("1700000000.12", "1700000001.12"), ["1700000000120,7", "1700000001120,7"]),
        (("1700000000.999", "1700000001"), ["1700000000999,7", "1700000001000,7"]),
        (("1700000000", "1700000000.001"), ["1700000000000,7", "1700000000001,7"]),
        (("1700000000", "17000000001e-1"), ["1700000000000,7", "1700000000100,7"]),
    ],
)
def test_milliseconds_are_kept(times: tuple[str, str], lines: list[str]) -> None:
    assert rows(only_run(f'[[{times[0]},"7"],[{times[1]},"7"]]')) == lines


@pytest.mark.parametrize("time", ["1700000001.0004", "1700000001.1234", "1700000001.00000024"])
def test_a_time_between_two_milliseconds_is_refused(time: str) -> None:
    for pairs in (f'[[{time},"7"],[1700000005,"7"]]', f'[[1700000000,"7"],[{time},"7"]]', f'[[{time},"7"]]'):
        with pytest.raises(Transient, match="between two milliseconds"):
            only_run(pairs)
