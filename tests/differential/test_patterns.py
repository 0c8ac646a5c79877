"""What a regular expression is said to match, it matches in Prometheus; `label_replace` tells."""

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from gaugewright.promql.regex import regex_mistake
from gaugewright.promql.types.patterns import compiled_pattern, matches

from tests.differential.engine import Engine, engine

pytestmark = pytest.mark.parametrize("prometheus_server", ["current"], indirect=True, scope="module")

PAIRS = 2000
_PARTS = (
    "a", "b", "k", "web", "a|b", "|", r"\d", r"\w+", r"\S", "[a-z]", "[^a]", "[a-]", "[[:upper:]]", ".", ".*", ".+",
    "(?i)", "(?-s)", "(?m)", "(?U)", "*", "+", "?", "{2}", "{0,3}", "{2,}", "(", ")", "(?:", "(?P<n>", "^", "$", r"\b",
    r"\B", r"\A", r"\z", r"\.", r"\x41", r"\n", r"\Q.*\E", "ü", "[à-ý]", "0", r"\pL", "-", ":", "}",
)  # fmt: skip
_LETTERS = ("a", "b", "k", "A", "K", "w", "web", "0", "7", "_", "-", ".", "*", "\n", " ", "ü", "Ü", "K", "ſ", "s", "x")


def _pattern(random: Random) -> str:
    while True:
        found = "".join(random.choice(_PARTS) for _ in range(random.choice((1, 2, 3, 4, 6))))
        found += ")" * (found.count("(") - found.count(")"))
        if regex_mistake(found) is None:
            return found


@pytest.fixture(scope="module")
def server(prometheus_server: Path) -> Iterator[Engine]:
    with TemporaryDirectory(prefix="patterns-") as folder, engine(prometheus_server, Path(folder)) as found:
        yield found


def _told(server: Engine, pattern: str, text: str) -> bool:
    """The engine's own answer."""
    written = f'label_replace(vector(1), "text", {json.dumps(text, ensure_ascii=False)}, "", "")'
    asked = f'label_replace({written}, "met", "yes", "text", {json.dumps(pattern, ensure_ascii=False)})'
    answer = server.answer(asked, 0)
    assert not answer.error, (pattern, answer.error)
    return "met" in answer.samples[0].labels


@pytest.mark.parametrize(("pattern", "text"), [(r"(?i)\w+", "ſ"), (r"(?i)\W+", "K"), (r"(?i)[[:upper:]]", "ſ")])
def test_classes_take_in_what_only_differs_in_case(pattern: str, text: str, server: Engine) -> None:
    assert matches(pattern, text) is _told(server, pattern, text)


def test_a_pattern_matches_what_prometheus_says(server: Engine) -> None:
    random = Random(4)
    known = met = 0
    for _ in range(PAIRS):
        pattern = _pattern(random)
        text = "".join(random.choice(_LETTERS) for _ in range(random.choice((0, 1, 1, 2, 3, 5))))
        found = matches(pattern, text)
        if found is not None:
            known += 1
            met += found
            assert found == _told(server, pattern, text), (pattern, text)
        compiled = compiled_pattern(pattern)
        for word in list(compiled.words or ())[:3] if compiled is not None else ():
            assert _told(server, pattern, word), (pattern, word)
    assert known > PAIRS / 2
    assert PAIRS / 20 < met < known
