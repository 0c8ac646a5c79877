"""Mends, code by code: which are written, which are only suggested, and that a mended example has no finding."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from gaugewright.compile import compile_text
from gaugewright.diagnostics import Mend
from gaugewright.diagnostics.catalogue import CATALOGUE, MENDS
from gaugewright.gotemplate.analysis import analyse
from gaugewright.mends.rounds import mend
from gaugewright.promql.parse import parse

from tests.checks import test_templates as template_texts
from tests.checks.promql import query_cases
from tests.diagnostics.page_examples import NOW, read_page, whole_spec
from tests.gotemplate.case_files import cases as template_cases
from tests.promql.case_files import cases as syntax_cases

SAYS = {
    "fix": "`check --fix` writes",
    "suggestion": "`check` suggests an edit (in JSON and SARIF); `--fix` leaves it to you.",
}
BY_HAND = (
    "constant-comparison", "newer-prometheus", "not-promql", "template-syntax", "unit-mismatch", "unknown-variable",
)  # fmt: skip
"""Codes whose page shows a mistake that only its author can mend, and whose cases show others."""
PROMQL = list(CATALOGUE)[list(CATALOGUE).index("promql-syntax") :]


def whole(example: str) -> str:
    return "\n".join(text for _, text in whole_spec(example))


def found_mends() -> Iterator[tuple[str, Mend]]:
    """Every mend of the written cases and of the pages, with its code."""
    for file in sorted(query_cases.FOLDER.glob("*.txt")):
        for case in query_cases.cases(file):
            yield from ((item.code, item.mend) for item in query_cases.diagnostics(case) if item.mend)
    for syntax in syntax_cases("syntax.txt"):
        yield from ((item.code, item.mend) for item in parse(syntax.query).findings if item.mend)
    for template in template_cases("mends.txt"):
        yield from ((item.code, item.mend) for item in analyse(template.text).refused if item.mend)
    for shown in template_texts.CASES:
        spec = template_texts.spec_with(shown.where, shown.query, shown.text)
        yield from ((item.code, item.mend) for item in template_texts.found_in(spec) if item.mend)
    for code in CATALOGUE:
        for example in read_page(code).specs("Wrong"):
            found = compile_text(whole(example.text), "spec.yaml", NOW).diagnostics
            yield from ((item.code, item.mend) for item in found if item.mend)


def test_the_catalogue_says_which_codes_have_mends_and_which_are_certain() -> None:
    certain: dict[str, bool] = {}
    for code, found in found_mends():
        certain[code] = certain.get(code, False) or found.certain
    assert {code: "fix" if is_certain else "suggestion" for code, is_certain in certain.items()} == MENDS


@pytest.mark.parametrize("code", [code for code in CATALOGUE if code != "query-too-deep"])
def test_the_mended_wrong_example_of_a_page_has_no_finding(code: str) -> None:
    for example in read_page(code).specs("Wrong"):
        text = whole(example.text)
        done = mend(text.encode(), "spec.yaml", NOW, chosen=lambda item: item.mend is not None)
        left = done.compilation.diagnostics
        assert all(item.mend is None for item in left)
        assert not left or code in BY_HAND or (code not in MENDS and done.content == text.encode())


@pytest.mark.parametrize("code", PROMQL)
def test_a_query_without_a_mend_has_a_right_example(code: str) -> None:
    """What no edit can mend, the page shows mended; that it draws no finding is tested with the pages."""
    assert (code in MENDS and code not in BY_HAND) or read_page(code).examples("Right")


@pytest.mark.parametrize("code", list(CATALOGUE))
def test_a_page_says_what_fix_does(code: str) -> None:
    written = re.sub(r"\s+", " ", read_page(code).sections["Mend"])
    kind = MENDS.get(code)
    assert [name for name, words in SAYS.items() if words in written] == ([kind] if kind else [])


def test_a_table_of_the_mends_is_in_the_docs_of_check() -> None:
    text = (Path(__file__).parents[2] / "docs" / "commands.md").read_text("utf-8")
    section = text[text.index("\n## check\n") :].split("\n## ")[1]
    listed = set(re.findall(r"diagnostics/([a-z-]+)\.md", section))
    assert listed == {code for code, kind in MENDS.items() if kind == "fix"}
