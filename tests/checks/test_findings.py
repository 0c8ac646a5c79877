"""What `check` prints for each file of `tests/findings/`, to the letter."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from gaugewright.commands.show import as_text, counted
from gaugewright.compile import compile_text
from gaugewright.diagnostics.catalogue import CATALOGUE

from tests.fragments import BASE, spec_with

FOLDER = Path(__file__).parent.parent / "findings"
CASES = sorted(FOLDER.glob("*.yaml"))
NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)


def shown(case: Path) -> str:
    compilation = compile_text(spec_with(case.read_text("utf-8")), case.name, NOW)
    text = as_text([compilation], compilation.diagnostics)
    return f"{text}\n{counted(compilation.diagnostics)}\n"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_findings_read_as_recorded(case: Path) -> None:
    recorded = case.with_suffix(".txt")
    if os.environ.get("GAUGEWRIGHT_UPDATE"):
        recorded.write_text(shown(case), "utf-8")
    assert shown(case) == recorded.read_text("utf-8")


def test_the_base_of_the_fragments_draws_no_finding() -> None:
    assert compile_text(BASE, "base.yaml", NOW).diagnostics == ()


def test_every_finding_of_a_recorded_case_is_in_the_catalogue_with_its_severity() -> None:
    for case in CASES:
        for item in compile_text(spec_with(case.read_text("utf-8")), case.name, NOW).diagnostics:
            assert CATALOGUE[item.code].severity == item.severity
