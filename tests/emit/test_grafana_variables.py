"""Drop-downs offer what the spec says, in the notation that Grafana reads back."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from gaugewright.emit.grafana import emit
from gaugewright.model.dashboards import Variable
from gaugewright.model.metrics import LabelDomain
from hypothesis import given
from hypothesis import strategies as st

from tests.emit import grafana_models as made

ALL = {"selected": True, "text": "All", "value": "$__all"}


def written(*variables: Variable) -> Any:
    dashboard = made.dashboard(variables=variables)
    files = emit(made.model(dashboard))
    return json.loads(files["grafana/dashboards/proxywhirl-overview.json"])["templating"]["list"]


def grafana_reads(query: str) -> list[tuple[str, str]]:
    """A custom variable's text and value pairs, by the rules of Grafana's CustomVariable: split at commas
    that have no backslash before them, `text : value`, blanks dropped."""
    pairs = []
    for part in re.findall(r"(?:\\,|[^,])+", query):
        text = part.replace("\\,", ",")
        named = re.search(r"\A\s*(.+)\s:\s(.+)\Z", text)
        pairs.append((named[1].strip(), named[2].strip()) if named else (text.strip(), text.strip()))
    return pairs


def test_a_closed_label_lists_its_domain() -> None:
    found = written(made.variable(label=made.POOL, label_metric="x", multi=True, include_all=True))[1]
    assert (found["type"], found["query"]) == ("custom", "us-east,us-west")
    assert found["options"][0] == ALL
    assert [option["value"] for option in found["options"][1:]] == ["us-east", "us-west"]
    assert found["current"] == {"selected": True, "text": ["All"], "value": ["$__all"]}
    assert (found["allValue"], found["multi"], found["includeAll"]) == (".+", True, True)


def test_an_open_label_asks_the_server() -> None:
    found = written(made.variable("source", label=made.SOURCES, label_metric="x_total", include_all=True))[1]
    assert (found["type"], found["query"], found["definition"]) == (
        "query",
        *["label_values(x_total, source)"] * 2,
    )
    assert (found["refresh"], found["sort"], found["current"]) == (2, 1, ALL)
    assert found["datasource"] == {"type": "prometheus", "uid": "${datasource}"}


def test_a_users_query_is_asked_as_it_is() -> None:
    query = "query_result(topk(5, x))"
    found = written(made.variable(query=query))[1]
    assert (found["type"], found["query"], found["definition"]) == ("query", query, query)
    assert "current" not in found
    assert "allValue" not in found


@pytest.mark.parametrize("value", ["a : b", " a", "a ", "$pool", "[[pool]]", ""])
def test_a_label_value_that_a_list_cannot_say_makes_the_variable_ask_the_server(value: str) -> None:
    label = LabelDomain("pool", values=("plain", value))
    assert written(made.variable(label=label, label_metric="x"))[1]["query"] == "label_values(x, pool)"


LABEL_VALUES = made.TITLES | st.text(st.sampled_from(r"a,\ :"), min_size=1, max_size=6)


@given(st.lists(LABEL_VALUES, min_size=1, max_size=5, unique=True))
def test_grafana_reads_exactly_the_labels_values_back(values: list[str]) -> None:
    found = written(made.variable(label=LabelDomain("pool", values=tuple(values)), label_metric="x"))[1]
    if found["type"] == "custom":
        assert grafana_reads(found["query"]) == [(value, value) for value in values]


@given(st.lists(LABEL_VALUES, min_size=1, max_size=5, unique=True), st.booleans())
def test_the_saved_options_are_those_that_grafana_reads(values: list[str], include_all: bool) -> None:
    found = written(made.variable(values=tuple(values), include_all=include_all))[1]
    options = [(option["text"], option["value"]) for option in found["options"]][include_all:]
    assert options == grafana_reads(found["query"])
    assert [option["selected"] for option in found["options"]].count(True) == 1


def test_a_users_variable_called_datasource_keeps_its_name() -> None:
    source, users = written(made.variable("datasource", values=("a",)))
    assert (source["name"], users["name"]) == ("prometheus_datasource", "datasource")
