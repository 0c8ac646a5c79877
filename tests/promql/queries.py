"""Queries made by hypothesis: a text that Prometheus takes, with the shape that its tree must have.

The shape is written as a text of its own, fully bracketed, by the rules of precedence alone, so that the parser's
reading can be compared with it.
"""

from typing import NamedTuple

from hypothesis import strategies as st


class Written(NamedTuple):
    """A query's text, the shape of its tree, its type, and how tightly its outermost operator binds."""

    text: str
    shape: str
    binds: int


ATOM = 10
_LEVELS = {"or": 1, "and": 2, "unless": 2, "==": 3, ">": 3, "+": 4, "-": 4, "*": 5, "/": 5, "atan2": 5, "^": 6}
_SIGN = 5

names = st.sampled_from(["up", "http_requests_total", "job:errors:rate5m", "_x", "sum", "by", "offset_", "a1"])
labels = st.sampled_from(["job", "le", "pod", "by", "on", "sum", "bool", "__name__x"])
space = st.sampled_from(["", " ", "  ", "\n", "\t", ' # note ) ] } "\n'])
durations = st.sampled_from(["5m", "1h30m", "300", "1d", "15s", "250ms"])


@st.composite
def strings(draw: st.DrawFn) -> tuple[str, str]:
    """A literal and its value."""
    value = draw(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="`\r"), max_size=8))
    if draw(st.booleans()):
        return f"`{value}`", value
    quote = draw(st.sampled_from(["'", '"']))
    body = value.replace("\\", "\\\\").replace("\n", "\\n").replace(quote, "\\" + quote)
    return f"{quote}{body}{quote}", value


@st.composite
def selectors(draw: st.DrawFn) -> Written:
    name = draw(names)
    gap = draw(space)
    matchers = draw(st.lists(st.tuples(labels, st.sampled_from(["=", "!="]), strings()), max_size=3))
    text, shape = name, name
    if matchers:
        text += gap + "{" + ",".join(f"{gap}{label}{op}{literal}" for label, op, (literal, _) in matchers) + "}"
        shape += "{" + ",".join(f"{label}{op}{value!r}" for label, op, (_, value) in matchers) + "}"
    if draw(st.booleans()):
        shift = draw(durations)
        text += f" offset{gap or ' '}{shift}"
        shape += "@offset"
    return Written(text, shape, ATOM)


@st.composite
def ranges(draw: st.DrawFn) -> Written:
    name, length, gap = draw(names), draw(durations), draw(space)
    function = draw(st.sampled_from(["rate", "increase", "avg_over_time"]))
    return Written(f"{function}{gap}({name}[{length}]{gap})", f"{function}({name}[])", ATOM)


numbers = st.sampled_from(
    [
        Written("1", "1.0", ATOM),
        Written("0.5", "0.5", ATOM),
        Written("5m", "300.0", ATOM),
        Written("0x1F", "31.0", ATOM),
    ]
)


def _wrapped(inner: Written, least: int, gap: str) -> Written:
    """`inner` as an operand of something that binds as tightly as `least`."""
    if inner.binds >= least:
        return inner
    return Written(f"({gap}{inner.text}{gap})", f"({inner.shape})", ATOM)


@st.composite
def _binary(draw: st.DrawFn, inner: st.SearchStrategy[Written]) -> Written:
    op, left, right, gap = draw(st.sampled_from(sorted(_LEVELS))), draw(inner), draw(inner), draw(space)
    level = _LEVELS[op]
    right_associative = op == "^"
    left = _wrapped(left, level + right_associative, gap)
    right = _wrapped(right, level + (not right_associative), gap)
    matching = draw(st.sampled_from(["", "on (job)", "ignoring()"]))
    return Written(f"{left.text} {op} {matching}{gap} {right.text}", f"[{left.shape} {op} {right.shape}]", level)


@st.composite
def _aggregate(draw: st.DrawFn, inner: st.SearchStrategy[Written]) -> Written:
    op, body, gap = draw(st.sampled_from(["sum", "max", "count"])), draw(inner), draw(space)
    by = draw(st.sampled_from(["", "by (job)", 'without (pod, "le")']))
    text = f"{op} {by}{gap}({body.text}){gap}" if draw(st.booleans()) else f"{op}({gap}{body.text}){gap}{by}"
    return Written(text if by else text.removesuffix(gap), f"{op}({body.shape})", ATOM)


@st.composite
def _signed(draw: st.DrawFn, inner: st.SearchStrategy[Written]) -> Written:
    gap = draw(space)
    operand = _wrapped(draw(inner), _SIGN + 1, gap)
    return Written(f"-{gap}{operand.text}", f"-{operand.shape}", _SIGN)


@st.composite
def _subquery(draw: st.DrawFn, inner: st.SearchStrategy[Written]) -> Written:
    gap = draw(st.sampled_from(["", " ", "\n"]))  # promql-parser takes no comments inside brackets
    body = _wrapped(draw(inner), ATOM, draw(space))
    step = draw(st.sampled_from(["", "1m"]))
    return Written(f"max_over_time({body.text}{gap}[1h:{gap}{step}])", f"max_over_time({body.shape}[:])", ATOM)


def _larger(inner: st.SearchStrategy[Written]) -> st.SearchStrategy[Written]:
    return st.one_of(_binary(inner), _aggregate(inner), _signed(inner), _subquery(inner))


vectors = st.recursive(st.one_of(selectors(), ranges()), _larger, max_leaves=12)
