"""Every query of the case files draws the findings that stand under it, and no others.

`GAUGEWRIGHT_UPDATE=1` writes them anew; read the difference.
"""

from __future__ import annotations

import os

import pytest

from tests.checks.promql.query_cases import FOLDER, Case, cases, findings, updated

FILES = sorted(FOLDER.glob("*.txt"))
if os.environ.get("GAUGEWRIGHT_UPDATE"):
    for path in FILES:
        path.write_text(updated(path), "utf-8")
CASES = [(file.stem, case) for file in FILES for case in cases(file)]


@pytest.mark.parametrize(("file", "case"), CASES, ids=lambda part: part if isinstance(part, str) else part.query)
def test_a_query_draws_the_findings_that_its_case_shows(file: str, case: Case) -> None:
    assert findings(case) == case.expected
