"""Excerpts: the caret stands under what it points at, whatever the line holds."""

from unicodedata import east_asian_width

from gaugewright.diagnostics import Diagnostic, Place
from gaugewright.diagnostics.render import WIDTH, render_github, render_text
from hypothesis import given
from hypothesis import strategies as st

LINES = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\u2028\u2029\x85"), min_size=1)


def columns(text: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def rendered(line: str, start: int, end: int) -> list[str]:
    place = Place("f.yaml", 1, start + 1, 1, end + 1)
    item = Diagnostic("unknown-metric", "error", "words", place)
    return render_text([item], {"f.yaml": [line]}, {}).split("\n")


@given(LINES.filter(lambda line: line.strip() == line and line.isprintable() and "://" not in line), st.data())
def test_the_carets_stand_under_what_is_meant(line: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(line) - 1))
    end = data.draw(st.integers(start + 1, len(line)))
    shown, carets = rendered(line, start, end)[3:5]
    shown, carets = shown.removeprefix("1 | "), carets.removeprefix("  | ")
    before = len(carets) - len(carets.lstrip(" "))
    meant = line[start:end]
    at = next(index for index in range(len(shown) + 1) if columns(shown[:index]) >= before)
    visible = min(len(meant), len(shown) - at)
    assert shown[at : at + visible].rstrip("…").startswith(meant[: max(1, visible - 1)].rstrip()[:1])
    assert set(carets.strip()) == {"^"}


def test_a_long_line_is_cut_around_what_it_shows() -> None:
    line = "a" * 300 + "HERE" + "b" * 300
    shown, carets = rendered(line, 300, 304)[3:5]
    assert len(shown) < WIDTH + 10
    assert shown[carets.index("^") : carets.rindex("^") + 1] == "HERE"
    assert shown.count("…") == 2


def test_a_wide_character_takes_two_columns() -> None:
    carets = rendered("漢字x", 2, 3)[4]
    assert carets == "  | " + " " * 4 + "^"


def test_a_tab_is_one_column() -> None:
    shown, carets = rendered("\tx", 1, 2)[3:5]
    assert shown == "1 |  x"
    assert carets == "  |  ^"


def test_a_place_beyond_the_file_has_no_excerpt() -> None:
    item = Diagnostic("unknown-metric", "error", "words", Place("f.yaml", 9, 1, 9, 2))
    assert "|" not in render_text([item], {"f.yaml": ["x"]}, {})


def test_user_information_in_urls_is_starred_out() -> None:
    assert "hunter2" not in rendered("url: https://me:hunter2@example.com/", 0, 3)[3]


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_github_annotation_is_one_line_whatever_it_says(message: str, help: str) -> None:
    item = Diagnostic("unknown-metric", "error", message, Place("a,b:c.yaml", 1, 1, 1, 2), help)
    shown = render_github([item])
    assert "\n" not in shown
    assert "\r" not in shown
    assert shown.startswith("::error file=a%2Cb%3Ac.yaml,line=1,endLine=1,col=1,endColumn=2,title=unknown-metric::")
