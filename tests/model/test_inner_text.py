"""A text inside of another: places and mends of the inner one are the outer one's."""

from __future__ import annotations

from gaugewright.diagnostics import Mend
from gaugewright.diagnostics.mend import Edit, edited
from gaugewright.model.inner_text import InnerText
from gaugewright.spec.reader import read_yaml
from hypothesis import given
from hypothesis import strategies as st

OUTER = "{{ query `rate(x[5m])` }}"
START = OUTER.index("rate")
INNER = "rate(x[5m])"
TEXT = f"summary: '{OUTER}'\n"


def inner(places: tuple[int, ...] = tuple(range(START, START + len(INNER) + 1)), quoted: bool = True) -> InnerText:
    document = read_yaml(TEXT.encode(), "spec.yaml").document
    return InnerText(document, ("summary",), places, quoted)


@given(st.integers(0, len(INNER)), st.integers(0, len(INNER)))
def test_a_stretch_of_the_inner_text_is_the_same_stretch_of_the_file(one: int, other: int) -> None:
    start, end = sorted((one, other))
    place = inner().inside(start, end)
    assert TEXT[place.column - 1 : place.end_column - 1] == INNER[start:end]


@given(st.integers(0, len(INNER)), st.integers(0, len(INNER)), st.sampled_from(["", "irate", " by (a)"]))
def test_an_edit_of_the_inner_text_is_one_of_the_outer(one: int, other: int, new: str) -> None:
    start, end = sorted((one, other))
    mend = inner().mend(Mend((Edit(start, end, new),), certain=True))
    assert mend is not None
    assert mend.certain
    assert mend.edits[0].path == ("summary",)
    assert edited(OUTER, mend.edits) == OUTER.replace(INNER, INNER[:start] + new + INNER[end:])


def test_an_edit_elsewhere_in_the_spec_stays_as_it_is() -> None:
    edit = Edit(0, None, "true", ("service", "name"))
    assert inner().mend(Mend((edit,))) == Mend((edit,))


def test_what_would_need_escapes_is_not_written() -> None:
    of_text = Mend((Edit(0, 1, '"'),))
    assert inner().mend(of_text) is None
    assert inner(quoted=False).mend(of_text) is not None
    assert inner().mend(None) is None


def test_what_printf_fills_in_is_not_changed() -> None:
    places = (START, *([START + 1] * 3), *range(START + 2, START + len(INNER)))
    assert inner(places).mend(Mend((Edit(0, 3, "y"),))) is None
    assert inner(places).mend(Mend((Edit(5, 6, "y"),))) is not None
