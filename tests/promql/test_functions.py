"""The table of functions against promql-parser's own."""

import promql_parser
import pytest
from gaugewright.promql.functions import AGGREGATIONS, FUNCTIONS, Function
from gaugewright.promql.parse import parse
from gaugewright.promql.syntax import ValueType
from gaugewright.promql.value_type import value_type

_SAMPLE: dict[ValueType, str] = {"scalar": "1", "vector": "x", "matrix": "x[5m]", "string": '"a"'}
_ALL_FLAGS = ("promql-experimental-functions", "promql-binop-fill-modifiers")


def _call(function: Function) -> str:
    if function.name == "info":
        return "info(x)"
    return f"{function.name}({', '.join(_SAMPLE[kind] for kind in function.arguments)})"


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=lambda function: function.name)
def test_promql_parser_knows_the_function_by_the_same_types(function: Function) -> None:
    call = promql_parser.parse(_call(function))
    assert isinstance(call, promql_parser.Call)
    known = call.func
    assert [str(kind).split(".")[1].lower() for kind in known.arg_types] == list(function.arguments)
    assert str(known.return_type).split(".")[1].lower() == function.returns
    assert known.experimental == function.experimental


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=lambda function: function.name)
def test_a_call_has_the_type_that_the_table_says(function: Function) -> None:
    parsed = parse(_call(function), features=_ALL_FLAGS)
    assert not parsed.findings
    assert parsed.tree is not None
    assert value_type(parsed.tree) == function.returns


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=lambda function: function.name)
def test_one_argument_too_few_or_too_many_is_found(function: Function) -> None:
    samples = [_SAMPLE[function.argument(index) or "vector"] for index in range(30)]
    if function.fewest:
        short = f"{function.name}({', '.join(samples[: function.fewest - 1])})"
        assert [finding.code for finding in parse(short, features=_ALL_FLAGS).findings] == ["promql-syntax"]
    if function.most is not None:
        long = f"{function.name}({', '.join(samples[: function.most + 1])})"
        assert [finding.code for finding in parse(long, features=_ALL_FLAGS).findings] == ["promql-syntax"]


@pytest.mark.parametrize("op", AGGREGATIONS)
def test_an_aggregation_takes_the_parameter_that_the_table_says(op: str) -> None:
    param = AGGREGATIONS[op]
    text = f"{op}({_SAMPLE[param]}, x)" if param is not None else f"{op}(x)"
    assert not parse(text, features=_ALL_FLAGS).findings
    other = f"{op}(x)" if param is not None else f"{op}(1, x)"
    assert [finding.code for finding in parse(other, features=_ALL_FLAGS).findings] == ["promql-syntax"]


def test_feature_flags_open_what_they_name() -> None:
    for text, flag in (
        ("limitk(5, x)", "promql-experimental-functions"),
        ("info(x)", "promql-experimental-functions"),
        ("a + fill(0) b", "promql-binop-fill-modifiers"),
    ):
        assert [finding.code for finding in parse(text).findings] == ["not-promql"]
        assert not parse(text, features={flag}).findings


def test_the_parameter_of_limitk_is_checked_although_promql_parser_does_not() -> None:
    (finding,) = parse("limitk(x, y)", features=_ALL_FLAGS).findings
    assert (finding.code, finding.start, finding.end) == ("not-promql", 7, 8)
