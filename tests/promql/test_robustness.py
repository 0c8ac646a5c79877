"""Whatever the text: no exception, no crash, and a reason wherever there is no tree."""

import string
import subprocess
import sys

import pytest
from gaugewright.promql.guard import DEEPEST, LARGEST_QUERY, LONGEST_LIST
from gaugewright.promql.parse import Parsed, parse
from gaugewright.promql.rust_parser import ask
from gaugewright.promql.tokens import ends_in_comment, tokenize
from hypothesis import given
from hypothesis import strategies as st

from tests.promql.case_files import cases
from tests.promql.dashboards import VARIABLES
from tests.promql.queries import Written, vectors

_PIECES = sorted(
    {token.text for name in ("syntax.txt", "trees.txt") for case in cases(name) for token in tokenize(case.query)}
)
_PIECES += [" ", "\n", "#", "$n", "[[n]]", "${n}m", "é", "\0", "\ud800", "1e30", "Inf", "@", "-1"]
_CHARACTERS = string.ascii_lowercase[:3] + string.digits[:2] + "(){}[]\"'`=!~<>+-*/%^,:;@#$&|\\. \n_é\0"

pieces = st.lists(st.sampled_from(_PIECES), max_size=25).map(" ".join)
glued = st.lists(st.sampled_from(_PIECES), max_size=12).map("".join)
garbage = st.text(_CHARACTERS, max_size=40)


def _is_sound(text: str, parsed: Parsed) -> None:
    assert parsed.tree is not None or parsed.findings
    for finding in parsed.findings:
        assert 0 <= finding.start <= finding.end <= len(text)
        assert finding.message
        assert finding.help
        assert "\n" not in finding.message


@given(st.one_of(pieces, glued, garbage, st.text(max_size=30)))
def test_any_text_gives_a_tree_or_a_reason(text: str) -> None:
    _is_sound(text, parse(text))
    _is_sound(text, parse(text, variables=VARIABLES))


@given(vectors, st.data())
def test_a_spoilt_query_gives_a_tree_or_a_reason(written: Written, data: st.DataObject) -> None:
    text = written.text
    at = data.draw(st.integers(0, len(text)))
    cut = data.draw(st.integers(0, 3))
    spoilt = text[:at] + data.draw(st.sampled_from(["", *_PIECES])) + text[at + cut :]
    _is_sound(spoilt, parse(spoilt))
    _is_sound(spoilt, parse(spoilt, variables=VARIABLES))


@given(st.one_of(pieces, garbage))
def test_tokens_cover_all_but_space_and_comments(text: str) -> None:
    position = 0
    for token in tokenize(text):
        assert position <= token.start < token.end
        assert text[token.start : token.end] == token.text
        between = text[position : token.start]
        assert all(not part.strip(" \t\r\n") for part in _without_comments(between))
        position = token.end


def _without_comments(between: str) -> list[str]:
    return [line.split("#")[0] for line in between.replace("\r", "\n").split("\n")]


@given(pieces)
def test_an_operator_after_a_comment_would_be_lost(text: str) -> None:
    before, after = tokenize(text), tokenize(text + " > 1")
    if before and before[-1].kind not in ("open", "string"):
        assert ends_in_comment(text) == (len(before) == len(after))


_DEEP = {
    "parentheses": "(" * 30_000 + "x" + ")" * 30_000,
    "a chain of operators": "x" + " + x" * 15_000,
    "a chain of powers": "x" + " ^ x" * 15_000,
    "signs": "-" * 60_000 + "x",
    "calls": "abs(" * 12_000 + "x" + ")" * 12_000,
    "open parentheses": "(" * 65_000,
    "subqueries": "x" + "[5m:]" * 10_000,
    "a chain around a chain": "(" + "x + " * 60 + "x)" + " + x" * 60,
}


@pytest.mark.parametrize("what", sorted(_DEEP))
def test_deep_nesting_is_refused_before_it_overflows_the_stack(what: str) -> None:
    text = _DEEP[what]
    (finding,) = parse(text).findings
    assert finding.code == "query-too-deep"
    assert "recording rule" in finding.help


def test_what_is_not_refused_as_too_deep_is_safe_on_a_small_stack() -> None:
    """In a process of its own, since an overflow would take this one down."""
    script = (
        "import threading; from gaugewright.promql.parse import parse; threading.stack_size(512 * 1024);"
        f"texts = ['(' * {DEEPEST - 1} + 'x' + ')' * {DEEPEST - 1}, 'x' + ' + x' * {DEEPEST}, '-' * {DEEPEST} + 'x'];"
        "trees = [];"
        "thread = threading.Thread(target=lambda: trees.extend(parse(t).tree is not None for t in texts));"
        "thread.start(); thread.join(); assert trees == [True] * 3, trees"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr[-500:]


def test_a_long_but_flat_query_is_read() -> None:
    labels = ", ".join(f"label_{number}" for number in range(LONGEST_LIST))
    parsed = parse(f"sum by ({labels}) (x) / on ({labels}) sum by ({labels}) (x)")
    assert parsed.tree is not None
    assert not parsed.findings


@pytest.mark.parametrize("list_", ["sum by ({}) (x)", "x / on ({}) x", "x{{{}}}", "max(x) without({})"])
def test_a_list_of_thousands_is_refused(list_: str) -> None:
    joined = '="a",' if "{" in list_.replace("{}", "") else ","
    (finding,) = parse(list_.format("a" + (joined + "a") * LONGEST_LIST)).findings
    assert finding.code == "query-too-deep"
    assert f"more than {LONGEST_LIST:,} entries" in finding.message


def test_a_query_over_the_limit_is_refused_by_its_bytes() -> None:
    assert parse("x # " + "a" * 100_000).findings[0].code == "query-too-deep"
    assert parse("x # " + "é" * (LARGEST_QUERY // 2)).findings[0].code == "query-too-deep"
    assert not parse("x # " + "a" * (LARGEST_QUERY - 4)).findings


@pytest.mark.parametrize("text", ["", " \n\t", "# nothing but a comment"])
def test_an_empty_query_is_one_finding(text: str) -> None:
    (finding,) = parse(text).findings
    assert finding.code == "promql-syntax"


def test_panics_of_the_rust_parser_stay_inside(capfd: pytest.CaptureFixture[str]) -> None:
    for text in ("a[1e30]", "a offset Inf", "foo @ -1", "a @ 1e30", "a @ Inf", "a offset -1e18", "a[99999999999y]"):
        _is_sound(text, parse(text))
    assert capfd.readouterr().err == ""


def test_a_panic_is_a_refusal(capfd: pytest.CaptureFixture[str]) -> None:
    node, reason = ask("a[1e30]")
    assert node is None
    assert reason
    assert "panicked" in capfd.readouterr().err


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_a_stop_is_not_taken_for_a_panic(stop: type[BaseException], monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(_: str) -> None:
        raise stop

    monkeypatch.setattr("promql_parser.parse", stopped)
    with pytest.raises(stop):
        parse("x")


def test_a_caller_deep_in_its_own_stack_gets_a_finding() -> None:
    text = "abs(" * 90 + "x y" + ")" * 90

    def deeper(left: int) -> Parsed:
        return deeper(left - 1) if left else parse(text)

    limit = sys.getrecursionlimit()
    codes = {deeper(left).findings[0].code for left in range(0, limit - 250, 50)}
    assert codes <= {"promql-syntax", "query-too-deep"}
