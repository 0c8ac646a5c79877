"""The texts of mends.txt: what their findings' mends make of them, and that nothing is left to find."""

import pytest
from gaugewright.diagnostics.mend import edited
from gaugewright.gotemplate.analysis import analyse

from tests.gotemplate.case_files import Case, cases


def mended(text: str) -> tuple[str, bool]:
    certain = True
    for _ in range(5):
        found = analyse(text)
        mends = [item.mend for item in (*found.refused, *found.failing) if item.mend is not None]
        if not mends:
            break
        text, certain = edited(text, mends[0].edits), certain and mends[0].certain
    return text, certain


@pytest.mark.parametrize("case", cases("mends.txt"), ids=lambda case: case.shown)
def test_a_slip_is_mended(case: Case) -> None:
    text, certain = mended(case.text)
    assert f"  {'fix' if certain else 'mend'}: {text}" == case.expected
    found = analyse(text)
    assert (found.refused, found.failing) == ((), ())
