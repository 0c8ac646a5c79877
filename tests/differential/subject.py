"""What the queries are about: spec.yaml's model, its environment, and the type of a query over it."""

from collections.abc import Collection
from functools import cache
from pathlib import Path

from gaugewright.checks.promql.typed import TypedQuery
from gaugewright.compile import compile_text
from gaugewright.model.model import Model
from gaugewright.model.rules import Query
from gaugewright.model.typing import environment_of
from gaugewright.promql.parse import parse
from gaugewright.promql.syntax import Expr
from gaugewright.promql.types import Environment, Type, infer, types_of
from gaugewright.spec.source import Document, Map, Source, Span

FEATURES = ("promql-experimental-functions", "promql-binop-fill-modifiers")
"""Prometheus's feature flags that the server is started with: what hides behind them has types too."""


@cache
def model() -> Model:
    compilation = compile_text((Path(__file__).parent / "spec.yaml").read_text("utf-8"), "spec.yaml")
    assert compilation.model is not None, [item.message for item in compilation.diagnostics]
    return compilation.model


@cache
def environment() -> Environment:
    return environment_of(model())


def tree_of(query: str) -> Expr | None:
    """The query's tree; None where it is not PromQL."""
    parsed = parse(query, features=FEATURES)
    return None if parsed.findings else parsed.tree


def type_of(query: str) -> Type:
    tree = tree_of(query)
    assert tree is not None, query
    return infer(tree, environment())


def typed(query: str, tree: Expr, variables: Collection[str] = ()) -> TypedQuery:
    """The query as the checks of a spec see it; `variables` are the dashboard's in it."""
    whole = Span(0, len(query))
    root = Map(whole)
    root["query"] = query
    root.keys_at["query"] = root.values_at["query"] = whole
    written = Query(query, tree, (), frozenset(variables), Source(Document("query", query, root), ("query",)))
    return TypedQuery(written, (), types_of(tree, environment()), environment(), model())
