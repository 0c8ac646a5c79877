"""Legends: the written cases, and Grafana's own replacement as the judge."""

import re

import pytest
from gaugewright.gotemplate.legends import is_default, read_legend
from hypothesis import given
from hypothesis import strategies as st

from tests.gotemplate.case_files import Case, cases, under

VARIABLES = ("by", "labels")


@pytest.mark.parametrize("case", cases("legends.txt"), ids=lambda case: case.shown)
def test_a_legend_is_read_as_grafana_does(case: Case) -> None:
    legend = read_legend(case.text, VARIABLES)
    lines = [f"labels: {', '.join(name.text for name in legend.labels)}"] if legend.labels else []
    for item in legend.findings:
        lines += under(item.start, item.end, f"refused: {item.message}", item.help)
    assert "\n".join(lines) == case.expected


@pytest.mark.parametrize("text", ["{{ label }}", "{{label}}", " {{ label }} "])
def test_the_default_legend_is_known(text: str) -> None:
    assert is_default(text)
    assert not is_default(text + "x")


legends = st.lists(st.sampled_from(["{{", "}}", "{", "}", " ", "pool", "a.b", ".", "$by", "|", "é"]), max_size=12)


@given(legends.map("".join))
def test_the_labels_are_those_that_grafana_would_look_up(text: str) -> None:
    """Grafana's pattern, on the stretches between braces that hold no further brace."""
    legend = read_legend(text, VARIABLES)
    looked_up = [match[1] for match in re.finditer(r"\{\{\s*(.+?)\s*\}\}", text)]
    assert [name.text for name in legend.labels] == [
        name for name in looked_up if re.fullmatch(r"[A-Za-z_][\w.:/-]*", name)
    ]
    for item in (*legend.findings, *legend.labels):
        assert 0 <= item.start < item.end <= len(text)
