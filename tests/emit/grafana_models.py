"""Models with dashboards of every shape, by hand and by hypothesis, for the tests of the Grafana target."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from typing import Any, get_args

from gaugewright.compile import compile_text
from gaugewright.model.dashboards import Dashboard, Panel, PanelQuery, PanelType, Row, Threshold, Variable
from gaugewright.model.metrics import LabelDomain, Series
from gaugewright.model.model import Model
from gaugewright.model.rules import Query, Selector
from gaugewright.spec.source import Document, Map, Source, Span
from hypothesis import strategies as st

SOURCE = Source(Document("proxywhirl.yaml", "", Map(Span(0, 0))))
PANEL_TYPES: tuple[PanelType, ...] = get_args(PanelType)

POOL = LabelDomain("pool", values=("us-east", "us-west"))
SOURCES = LabelDomain("source", max_values=40)

REQUESTS = Series("proxywhirl_requests_total", "counter", (POOL,), "proxywhirl_requests_total", "declared")


def query(text: str = "sum(rate(proxywhirl_requests_total[5m]))", *series: Series) -> Query:
    """A query as the emitter sees it: its text, and the series that it reads. It never looks at a tree."""
    no_tree: Any = None
    return Query(text, no_tree, (Selector(no_tree, series or (REQUESTS,)),), frozenset(), SOURCE)


def panel(panel_type: PanelType = "graph", title: str = "Request rate", **changes: Any) -> Panel:
    plain = Panel(title, panel_type, "", (PanelQuery(query(), "{{ pool }}"),), "reqps", (), None, None, SOURCE)
    return replace(plain, **changes)


def variable(name: str = "pool", **changes: Any) -> Variable:
    return replace(Variable(name, "Pool", None, None, (), None, False, False, SOURCE), **changes)


def dashboard(*panels: Panel, **changes: Any) -> Dashboard:
    rows = (Row("", panels or (panel(),)),)
    plain = Dashboard("ProxyWhirl Overview", "proxywhirl-overview", "", "now-6h", "now", "30s", rows, (), (), SOURCE)
    return replace(plain, **changes)


SPEC = """
gaugewright: 1
service: {name: proxywhirl, targets: ["localhost:9091"]}
metrics_config: {scrape_interval_seconds: 15, exposition_port: 9091}
labels: {pool: {description: Proxy pool, values: [us-east, us-west]}}
metrics:
  - name: proxywhirl_requests_total
    metric_type: counter
    description: Requests sent through a proxy.
    labels: [pool]
"""


def model(*dashboards: Dashboard, **service: Any) -> Model:
    plain = _without_dashboards()
    return replace(plain, dashboards=dashboards, service=replace(plain.service, **service))


@cache
def _without_dashboards() -> Model:
    compilation = compile_text(SPEC, "proxywhirl.yaml")
    assert compilation.model is not None, compilation.diagnostics
    return compilation.model


HOSTILE = st.sampled_from(
    [
        "</script><script>alert(1)</script>",
        "<!-- --> <img src=x onerror=alert(1)>",
        '"\n- name: injected\n  url: http://evil',
        "'; --\\",
        "$HOME ${PATH} $__file{/etc/passwd} $$ $datasource [[pool]]",
        "{{ config }} {% raw %} {# x #}",
        "[x](javascript:alert(1)) [y]: data:text/html,x",
        "a,b\\,c : d",
        "\u2028\u2029\u202e\ufeff\x00\x07\x85",
        "|-\n  x: &a *b !!python/object:os.system",
        "\ud83d",
        "Größe 測量 🚀",
        "# no: comment",
    ]
)
TEXTS = st.one_of(HOSTILE, st.text(max_size=40), st.builds("{}{}".format, HOSTILE, HOSTILE))
TITLES = TEXTS.filter(bool)


def panels() -> st.SearchStrategy[Panel]:
    thresholds = st.builds(Threshold, st.floats() | st.integers(-5, 5).map(float), st.sampled_from(("red", "#00ff00")))
    queries = st.builds(PanelQuery, st.builds(query, TITLES), st.sampled_from(("", "{{ label }}")) | TEXTS)
    return st.builds(
        Panel,
        title=TITLES,
        panel_type=st.sampled_from(PANEL_TYPES),
        description=TEXTS,
        queries=st.lists(queries, min_size=1, max_size=4).map(tuple),
        unit=st.sampled_from(("short", "s", "percentunit", "percent", "reqps")) | TITLES,
        thresholds=st.lists(thresholds.filter(lambda step: not math.isnan(step.value)), max_size=3).map(tuple),
        width=st.none() | st.integers(1, 24),
        height=st.none() | st.integers(1, 30),
        source=st.just(SOURCE),
    )


def variables() -> st.SearchStrategy[Variable]:
    names = st.from_regex(r"[a-z][a-z_]{0,8}", fullmatch=True) | st.just("datasource")
    flags = {"multi": st.booleans(), "include_all": st.booleans(), "title": TEXTS}
    values = st.lists(TITLES, min_size=1, max_size=4, unique=True).map(tuple)
    closed = values.map(lambda each: LabelDomain("pool", values=each))
    labels = st.builds(variable, names, label=closed | st.just(SOURCES), label_metric=st.just(REQUESTS.name), **flags)
    return st.one_of(
        labels,
        st.builds(variable, names, values=values, **flags),
        st.builds(variable, names, query=TITLES, **flags),
    )


def dashboards() -> st.SearchStrategy[Dashboard]:
    rows = st.builds(Row, TEXTS, st.lists(panels(), min_size=1, max_size=4).map(tuple))
    return st.builds(
        Dashboard,
        title=TITLES,
        slug=st.from_regex(r"[a-z0-9][a-z0-9-]{0,30}", fullmatch=True),
        description=TEXTS,
        from_time=st.just("now-6h"),
        to_time=st.just("now"),
        refresh_interval=st.just("30s"),
        rows=st.lists(rows, min_size=1, max_size=3).map(tuple),
        variables=st.lists(variables(), max_size=3, unique_by=lambda each: each.name).map(tuple),
        tags=st.lists(TITLES, max_size=3).map(tuple),
        source=st.just(SOURCE),
    )
