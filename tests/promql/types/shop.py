"""The environment of spec.yaml, which the tests of types are about."""

from functools import cache
from pathlib import Path

from gaugewright.compile import compile_text
from gaugewright.model.model import Model
from gaugewright.model.typing import environment_of
from gaugewright.promql.parse import parse
from gaugewright.promql.syntax import Expr
from gaugewright.promql.types import Environment, Type, infer

FOLDER = Path(__file__).parent
VARIABLES = {"way": "web", "limit": "5", "label": "", "anything": ""}


@cache
def shop() -> Model:
    compilation = compile_text((FOLDER / "spec.yaml").read_text("utf-8"), "spec.yaml")
    assert compilation.model is not None, [item.message for item in compilation.diagnostics]
    return compilation.model


@cache
def environment() -> Environment:
    return environment_of(shop())


def tree_of(query: str) -> Expr:
    # Dashboard variables and what hides behind feature flags are typed like the rest.
    features = ("promql-experimental-functions", "promql-binop-fill-modifiers")
    parsed = parse(query, variables=VARIABLES, features=features)
    assert parsed.tree is not None, (query, parsed.findings)
    return parsed.tree


def type_of(query: str) -> Type:
    return infer(tree_of(query), environment())
