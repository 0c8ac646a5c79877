"""Rules without a spec: witnesses that are found are judged by promtool, and a false one would be noticed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from gaugewright.witnesses import Witness

from tests.corpus.rules import read_rules, rule_files
from tests.corpus.witnesses import Outcome, judged, main, outcomes

CASES = Path(__file__).parent / "cases"


@pytest.fixture(scope="module")
def found() -> Sequence[Outcome]:
    return [*outcomes([rule for file in rule_files(CASES) for rule in read_rules(file)])]


def test_promtool_agrees_with_every_witness(found: Sequence[Outcome], promtool: Path) -> None:
    assert sum(isinstance(one, Witness) for outcome in found for one in outcome.found.values()) > 20
    assert [*judged(promtool.resolve(), found)] == []


def test_promtool_denies_a_witness_that_is_none(found: Sequence[Outcome], promtool: Path) -> None:
    """Each alert's silent series, said to make it fire, and the other way round."""
    exchanged = [
        replace(outcome, found={fires: replace(one, firing=other.firing, waiting=None)})
        for outcome in found
        for fires, one in outcome.found.items()
        if isinstance(one, Witness) and isinstance(other := outcome.found[not fires], Witness)
    ]
    assert len(exchanged) > 15
    assert len([*judged(promtool.resolve(), exchanged)]) == len(exchanged)


def test_the_command_tells_what_has_no_witness_and_the_shares(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(CASES)]) == 0
    said = capsys.readouterr().out
    assert "Watchdog stays silent" in said
    assert "13 alerts, 10 with both witnesses" in said
    assert "promtool does not agree" not in said
