"""Every query of the case files draws the findings that stand under it, and no others.

`GAUGEWRIGHT_UPDATE=1` writes them anew; read the difference.
"""

from __future__ import annotations

import os

import pytest
from gaugewright.mends.rounds import is_certain, mend

from tests.checks.promql.query_cases import FOLDER, Case, cases, findings, is_own, spec_of, updated

FILES = sorted(FOLDER.glob("*.txt"))
if os.environ.get("GAUGEWRIGHT_UPDATE"):
    for path in FILES:
        path.write_text(updated(path), "utf-8")
CASES = [(file.stem, case) for file in FILES for case in cases(file)]


@pytest.mark.parametrize(("file", "case"), CASES, ids=lambda part: part if isinstance(part, str) else part.query)
def test_a_query_draws_the_findings_that_its_case_shows(file: str, case: Case) -> None:
    assert findings(case) == case.expected


def test_what_no_mend_helps_is_rare() -> None:
    """A mended query draws no finding, but where one stands beside it that only a person can mend."""
    lines = [line for file in FILES for line in file.read_text("utf-8").splitlines()]
    left = [line.removeprefix("  still: ") for line in lines if line.startswith("  still: ")]
    mended = sum(line.startswith(("  fix: ", "  mend: ")) for line in lines)
    assert set(left) <= {"duplicate-series"}
    assert mended > 150


@pytest.mark.parametrize(("file", "case"), CASES, ids=lambda part: part if isinstance(part, str) else part.query)
def test_fix_changes_nothing_but_what_the_case_says(file: str, case: Case) -> None:
    """`fix:` stands where all mends are certain; then `check --fix` comes to the same query."""
    done = mend(spec_of(case).encode(), "spec.yaml", chosen=lambda item: is_certain(item) and is_own(item))
    query = [line.removeprefix("  fix: ") for line in case.expected.splitlines() if line.startswith("  fix: ")]
    if query:
        assert done.content.decode() == spec_of(case._replace(query=query[0]))
    elif "  mend: " not in case.expected:
        assert done.content.decode() == spec_of(case)
