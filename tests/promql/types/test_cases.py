"""The written cases: cases.txt."""

import pytest

from tests.promql.case_files import FOLDER, Case, cases
from tests.promql.types.drawing import drawn_type
from tests.promql.types.shop import type_of

CASES = list(cases("types/cases.txt"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.query)
def test_a_query_has_its_type(case: Case) -> None:
    assert "  " + drawn_type(type_of(case.query)) == case.expected


def test_every_case_stands_once() -> None:
    queries = [case.query for case in CASES]
    assert len(queries) == len(set(queries)) > 250
    assert (FOLDER / "types" / "spec.yaml").is_file()
