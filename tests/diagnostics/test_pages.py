"""Every code has its page, and what a page shows is so: its examples are compiled.

After a change of words that is meant, `GAUGEWRIGHT_UPDATE=1` writes anew what the pages show of `check`.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from gaugewright.commands.explain import explain
from gaugewright.commands.show import as_text
from gaugewright.commands.specs import compile_file
from gaugewright.commands.targets import limited
from gaugewright.diagnostics.catalogue import CATALOGUE
from gaugewright.diagnostics.pages import title

from tests.diagnostics.page_examples import FOLDER, Example, compiled, read_page, shown, shown_with, whole_spec
from tests.fragments import BASE

INDEX = FOLDER / "README.md"
CODES = sorted(CATALOGUE)
WITHOUT_SPEC = ("query-too-deep", "target-limit", "unreadable-file")
"""Codes whose wrong example no page can show as a spec; each has a test of its own below."""
ABOUT_ALLOW = ("expired-allow", "unused-allow")
"""Findings about `allow` itself: they come after it, so it cannot accept them."""

BESIDE = {"expired-allow": ["unit-suffix"]}
"""What a wrong example draws too: an entry past its date accepts nothing any more."""

SHOWN = [code for code in CODES if code not in WITHOUT_SPEC]
ACCEPTABLE = [code for code in SHOWN if not CATALOGUE[code].binding and code not in ABOUT_ALLOW]
every_code = pytest.mark.parametrize("code", CODES)


def codes_of(text: str) -> list[str]:
    return [item.code for item in compiled(text).diagnostics]


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.md") if path != INDEX) == CODES


@every_code
def test_a_page_says_what_why_wrong_right_and_how_to_mend_it(code: str) -> None:
    page = read_page(code)
    assert page.lead.startswith(f"# {code}\n\n")
    assert list(page.sections)[:5] == ["What", "Why it matters", "Wrong", "Right", "Mend"]
    assert all(body.strip() for body in page.sections.values())
    assert page.examples("Wrong")
    assert page.examples("Right")


@every_code
def test_a_page_says_its_severity_and_whether_it_can_be_accepted(code: str) -> None:
    binding = CATALOGUE[code].binding or code in ABOUT_ALLOW
    can = "cannot" if binding else "can"
    assert f"\nSeverity: {CATALOGUE[code].severity}; `allow` {can} accept it.\n" in read_page(code).lead


@every_code
def test_a_page_fits_a_terminal(code: str) -> None:
    written = re.sub(r"```text\n.*?```", "", read_page(code).text, flags=re.DOTALL)
    lines = [re.sub(r"\(https://[^)]*\)", "", line) for line in written.splitlines()]
    assert max(len(line) for line in lines) <= 110


@every_code
def test_the_title_is_one_short_sentence(code: str) -> None:
    assert re.fullmatch(r"[A-Z`].{9,98}\.", title(code))


@every_code
def test_explain_prints_the_page(code: str) -> None:
    assert explain(code) == (read_page(code).text.rstrip(), 0)


def test_explain_lists_every_code_with_its_title() -> None:
    listed, exit_code = explain(None)
    assert exit_code == 0
    assert [line.split()[0] for line in listed.splitlines()] == list(CATALOGUE)
    assert all(title(line.split()[0]) in line for line in listed.splitlines())


@pytest.mark.parametrize("code", SHOWN)
def test_a_wrong_example_draws_this_finding_once_and_no_other(code: str) -> None:
    wrong = read_page(code).specs("Wrong")
    assert wrong
    for example in wrong:
        found = compiled(example.text).diagnostics
        assert sorted(item.code for item in found) == sorted([code, *BESIDE.get(code, [])])
        lines = [number for number, _ in whole_spec(example.text)]
        assert all(lines[item.place.line - 1] for item in found), "a finding points outside of the example"


@every_code
def test_a_right_example_draws_no_finding(code: str) -> None:
    right = read_page(code).specs("Right")
    assert right or code in WITHOUT_SPEC
    for example in right:
        assert codes_of(example.text) == []


@pytest.mark.parametrize("code", SHOWN)
def test_a_page_shows_what_check_prints(code: str) -> None:
    page = read_page(code)
    if os.environ.get("GAUGEWRIGHT_UPDATE"):
        page.file.write_text(_with_output(page.text, page.specs("Wrong")), "utf-8")
        page = read_page(code)
    for example in page.specs("Wrong"):
        assert example.shown == _output(example)


def _output(example: Example) -> str:
    return f"\n```text\n{shown(example.text)}```\n"


def _with_output(text: str, examples: list[Example]) -> str:
    for example in reversed(examples):
        kept = text[: example.end].removesuffix(example.shown)
        text = kept + _output(example) + text[example.end :]
    return text


@pytest.mark.parametrize("code", ACCEPTABLE)
def test_allow_accepts_what_the_page_says_it_can(code: str) -> None:
    for example in read_page(code).specs("Wrong"):
        (item,) = compiled(example.text).diagnostics
        entry = f'allow:\n  - {{code: {code}, at: "{item.entities[0]}", reason: It is known.}}\n'
        assert codes_of(example.text + entry) == []


def test_the_index_lists_every_code_once_with_its_severity_and_title() -> None:
    rows = re.findall(r"^- \[`([a-z0-9-]+)`\]\(([a-z0-9-]+)\.md\) \((error|warning)\): (.+)$", _index(), re.MULTILINE)
    assert [row[0] for row in rows] == list(CATALOGUE)
    for code, target, severity, words in rows:
        assert target == code
        assert (severity, words) == (CATALOGUE[code].severity, title(code))


def test_the_index_shows_the_shop_that_examples_add_to_and_it_draws_no_finding() -> None:
    assert codes_of(BASE) == []
    assert f"```yaml\n{BASE}```\n" in _index()


def _index() -> str:
    return INDEX.read_text("utf-8")


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.md")), ids=lambda file: file.stem)
def test_links_between_pages_resolve(file: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", file.read_text("utf-8")):
        assert target.startswith("https://") or (file.parent / target).is_file(), target


def test_unreadable_file_is_found_as_its_page_says(tmp_path: Path) -> None:
    latin = tmp_path / "latin.yaml"
    latin.write_bytes("service: {name: caf\xe9}".encode("latin-1"))
    large = tmp_path / "large.yaml"
    large.write_bytes(b"#" * (8 * 1024 * 1024 + 1))
    for path in (tmp_path / "missing.yaml", tmp_path, latin, large):
        assert [item.code for item in compile_file(str(path)).diagnostics] == ["unreadable-file"]


def test_unreadable_file_shows_what_check_prints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (example,) = read_page("unreadable-file").examples("Wrong")
    compilation = compile_file(example.text.split()[-1])
    assert example.shown == f"\n```text\n{as_text([compilation], compilation.diagnostics)}```\n"


def test_query_too_deep_is_found_beyond_the_limit_that_its_page_names() -> None:
    limit = int(re.findall(r"more than (\d+) operations", read_page("query-too-deep").sections["What"])[0])
    for operations, expected in ((limit, []), (limit + 1, ["query-too-deep"])):
        query = "shop_queue_length" + " + shop_queue_length" * operations
        fragment = 'recording_rules:\n  - {name: "shop:queue:sum", query: ' + query + "}\n"
        assert codes_of(fragment) == expected


def test_target_limit_is_found_as_its_page_says_where_the_target_is_asked_for() -> None:
    page = read_page("target-limit")
    (wrong,), (right,) = page.specs("Wrong"), page.specs("Right")
    for example, codes in ((wrong, ["target-limit"]), (right, [])):
        found = limited(compiled(example.text), ["prometheus-operator"])
        assert [item.code for item in found.diagnostics] == codes
    if os.environ.get("GAUGEWRIGHT_UPDATE"):
        page.file.write_text(page.text.replace(wrong.shown, _limited_output(wrong)), "utf-8")
        (wrong,) = read_page("target-limit").specs("Wrong")
    assert wrong.shown == _limited_output(wrong)


def _limited_output(example: Example) -> str:
    found = limited(compiled(example.text), ["prometheus-operator"]).diagnostics
    return f"\n```text\n{shown_with(example.text, found)}```\n"
