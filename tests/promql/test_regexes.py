"""Prometheus refuses just the regular expressions that are called wrong: the written ones, and some that are drawn."""

import json
import re
import subprocess
from pathlib import Path
from random import Random

import pytest
from gaugewright.promql.regex import regex_mistake

from tests.promql.case_files import FOLDER

_PARTS = (
    "a", "b", r"\d", "[a-z]", "(", "(?:", "(?i)", "(?P<n>", ")", ")", "|", "*", "+", "?", "{2}", "{3,}", "{0,20}",
    "{30}", "{500}", "{1000}", "{2,1}", "{,3}", "{0}", r"\pL", r"\Q", r"\E", "^", "$", ".", "[^a]", "[[:alpha:]]",
    "(?s-i:", r"\x41", "]", "}", "-",
)  # fmt: skip


def _drawn(random: Random) -> str:
    """Some parts, whose groups are closed more often than not."""
    found = "".join(random.choice(_PARTS) for _ in range(random.randrange(1, 10)))
    open_ = max(0, found.count("(") - found.count(")"))
    return found + ")" * open_ + random.choice(("", "{2}", "{30}", "*")) if random.random() < 0.6 else found


# The older generation is built with an older Go, which lacks `(?<name>...)`.
@pytest.mark.parametrize("promtool", ["current"], indirect=True)
def test_prometheus_refuses_what_is_called_wrong_and_nothing_else(promtool: Path, tmp_path: Path) -> None:
    random = Random(4)
    lines = (FOLDER / "regexes.txt").read_text("utf-8").splitlines()
    written = [line[2:] for line in lines if line.startswith(("+ ", "- "))]
    patterns = [*written, *(_drawn(random) for _ in range(4000))]
    rules = [{"record": f"r{n}", "expr": "x{a=~" + json.dumps(pattern) + "}"} for n, pattern in enumerate(patterns)]
    (tmp_path / "rules.yml").write_text(json.dumps({"groups": [{"name": "r", "rules": rules}]}), "utf-8")
    run = subprocess.run([promtool, "check", "rules", "rules.yml"], cwd=tmp_path, capture_output=True, text=True)
    refused = {patterns[int(number)] for number in re.findall(r'"r(\d+)": could not parse', run.stderr)}
    wrong = {pattern for pattern in patterns if regex_mistake(pattern) is not None}
    assert refused == wrong
    assert len(set(patterns)) / 10 < len(refused) < len(set(patterns)) * 9 / 10
