"""The written cases, syntax.txt and expansion.txt, and what the real programs say of them."""

from pathlib import Path

import pytest
from gaugewright.gotemplate.analysis import analyse

from tests.gotemplate.case_files import Case, cases, drawn
from tests.gotemplate.promtool_runs import expanded_texts, refused_texts

SYNTAX = cases("syntax.txt")
EXPANSION = cases("expansion.txt")
ALL = [*SYNTAX, *EXPANSION]
ONLY_ON_A_SERVER = frozenset(("{{ externalURL }}{{ pathPrefix }}",))
"""promtool has no external URL and stumbles over the functions that ask for it."""


def _shown(case: Case) -> str:
    return case.shown


@pytest.mark.parametrize("case", ALL, ids=_shown)
def test_a_mistake_is_found_at_its_characters_and_explained(case: Case) -> None:
    assert drawn(analyse(case.text)) == case.expected


def test_each_file_shows_what_its_name_says() -> None:
    assert not [case.shown for case in SYNTAX if "fails:" in case.expected]
    assert not [case.shown for case in EXPANSION if "refused:" in case.expected]


def test_promtool_refuses_what_is_found_to_be_refused_and_nothing_else(promtool: Path, tmp_path: Path) -> None:
    texts = [case.text for case in ALL]
    refused = refused_texts(promtool, tmp_path, texts)
    wrong = {text for text in texts if analyse(text).refused}
    newer = {text for text in texts if analyse(text).needs}
    # Prometheus 2.42 refuses what needs a newer one, the current one reads it.
    assert refused in (wrong, wrong | newer)
    assert newer <= refused or not newer & refused


def test_prometheus_cannot_expand_what_is_found_to_fail_and_expands_the_rest(promtool: Path, tmp_path: Path) -> None:
    everything = [case.text for case in ALL]
    refused = refused_texts(promtool, tmp_path, everything)
    texts = [text for text in everything if text not in refused]
    expanded = expanded_texts(promtool, tmp_path, texts)
    failing = {text for text in texts if _is_broken(expanded[text])}
    assert failing == {text for text in texts if analyse(text).failing} | ONLY_ON_A_SERVER


def _is_broken(annotation: str) -> bool:
    return "<error expanding template" in annotation or "%!" in annotation
