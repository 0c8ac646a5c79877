"""Whole specs with slips in their queries: what `check --fix` makes of them."""

from __future__ import annotations

import textwrap
from datetime import UTC, datetime
from typing import Any

import yaml
from gaugewright.compile import compile_text
from gaugewright.mends import rounds
from gaugewright.spec.reader import read_yaml
from gaugewright.spec.source import Source
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fragments import BASE

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
METRICS = ("shop_requests_total", "shop_request_total", "shop_requests", "shop_reqeusts_total", "shop_absent_total")
MATCHERS = ('status="error"', 'status="eror"', 'route=~".*"', 'route!=""', 'statsu="error"', "status='sucess'",
            'status="nothing"', 'route=="home"', "route=home", 'status="error"')  # fmt: skip
SPACES = st.sampled_from(("", " ", "  ", "\n", "\n  ", " \n"))
QUERY = BASE[BASE.index("    query:") : BASE.index("    threshold:")]
PATH = ("alert_rules", 0, "query")


@st.composite
def queries(draw: st.DrawFn) -> str:
    def space() -> str:
        return draw(SPACES)

    matchers = draw(st.lists(st.sampled_from(MATCHERS), max_size=4))
    braces = "{" + space() + f",{space()} ".join(matchers) + space() + "}" if matchers else ""
    by = draw(st.sampled_from(("by (route)", "by(rotue)", "by (route, status)", "")))
    return f"sum {by} ({space()}rate({draw(st.sampled_from(METRICS))}{braces}[5m]){space()})"


@st.composite
def specs(draw: st.DrawFn) -> str:
    style, width = draw(st.sampled_from((None, "'", '"', "|", ">"))), draw(st.sampled_from((20, 60, 1000)))
    dumped: str = yaml.dump({"query": draw(queries())}, default_style=style, width=width)
    text = BASE.replace(QUERY, textwrap.indent(dumped, "    ") + draw(st.sampled_from(("", "    # why\n", "\n"))))
    return text.replace("\n", draw(st.sampled_from(("\n", "\r\n"))))


def tree(text: str) -> Any:
    return yaml.safe_load(text)


@given(specs())
@settings(max_examples=40)
def test_only_the_mended_query_changes_and_a_second_time_nothing(text: str) -> None:
    done = rounds.mend(text.encode(), "shop.yaml", NOW)
    after = done.content.decode()
    span = Source(read_yaml(text.encode(), "shop.yaml").document, PATH).span()
    assert after.startswith(text[: span.start])
    assert after.endswith(text[span.end :])
    before, now = tree(text), tree(after)
    mended = now["alert_rules"][0].pop("query") != before["alert_rules"][0].pop("query")
    assert now == before
    assert mended == bool(done.changes)
    assert not [item for item in done.compilation.diagnostics if rounds.is_certain(item)]
    again = rounds.mend(done.content, "shop.yaml", NOW)
    assert (again.content, again.changes) == (done.content, ())


@given(specs())
@settings(max_examples=30)
def test_no_mend_is_taken_back_and_none_is_left_out(text: str) -> None:
    done = rounds.mend(text.encode(), "shop.yaml", NOW)
    assert done.refused == ()
    found = compile_text(text, "shop.yaml", NOW).diagnostics
    assert any(map(rounds.is_certain, found)) == bool(done.changes)


def test_a_query_without_a_slip_is_left_alone() -> None:
    done = rounds.mend(BASE.encode(), "shop.yaml", NOW)
    assert done.content is done.content
    assert (done.content, done.changes, done.refused) == (BASE.encode(), (), ())
