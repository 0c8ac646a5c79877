"""Reads a query: our syntax tree, or a finding that says where and why there is none.

promql-parser decides what a query means; it is called once, inside guards. What it refuses is explained from
the tokens (`explain`), since its own errors have no place.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gaugewright.diagnostics import Mend, TextFinding, replaced
from gaugewright.diagnostics.suggest import meant
from gaugewright.promql.dialect import dialect_findings
from gaugewright.promql.guard import depth_finding, size_finding
from gaugewright.promql.lexical import lexical_finding
from gaugewright.promql.roles import Roles, variable_roles
from gaugewright.promql.rust_parser import ask
from gaugewright.promql.syntax import Expr
from gaugewright.promql.tokens import STRING, VARIABLE_WORD, Token, tokenize
from gaugewright.promql.variables import VariableUse, is_defined, uses

_NO_ROLES = Roles({}, frozenset())
_NO_STACK = "the query is nested too deeply to be read here"


@dataclass(frozen=True, slots=True)
class Parsed:
    """What came of a query. Without a tree there is at least one finding; with one there may be some.

    `variables` are the dashboard variables that it uses, in the order of the text, Grafana's own among them.
    """

    tree: Expr | None
    findings: tuple[TextFinding, ...] = ()
    variables: tuple[VariableUse, ...] = ()


def parse(text: str, *, variables: Mapping[str, str] | None = None, features: Collection[str] = frozenset()) -> Parsed:
    """Reads `text`. Never raises, whatever the text; places count its characters from 0.

    `variables`: the dashboard's variables and, for each, a value that it may have ("" where none is known);
    None where the query has no dashboard. `features`: Prometheus's feature flags that the server has.
    """
    early = size_finding(text)
    if early is not None:
        return Parsed(None, (early,))
    tokens = tokenize(text)
    found = variable_uses(tokens) if variables is not None and ("$" in text or "[[" in text) else ()
    early = _early_finding(text, tokens, variables)
    if early is not None:
        return Parsed(None, (early,), found)
    try:
        tree, findings = _read(text, tokens, variables, features)
    except RecursionError:  # the caller's own stack is deep already
        tree, findings = None, (TextFinding("query-too-deep", 0, len(text), _NO_STACK, "nest it less deeply"),)
    if variables is not None and found:
        findings = (*findings, *_unknown_variables(text, found, variables))
    return Parsed(tree, findings, found)


def variable_uses(tokens: Sequence[Token]) -> tuple[VariableUse, ...]:
    """Every dashboard variable in the tokens, those inside strings too."""
    return tuple(
        use for token in tokens if token.kind in (VARIABLE_WORD, STRING) for use in uses(token.text, token.start)
    )


def _early_finding(text: str, tokens: Sequence[Token], variables: Mapping[str, str] | None) -> TextFinding | None:
    """What is wrong before promql-parser is asked."""
    if not tokens:
        words = "the query is empty" if not text.strip() else "the query has only a comment"
        return TextFinding("promql-syntax", 0, len(text), words, "write a metric's name, or an expression")
    early = lexical_finding(tokens) or depth_finding(tokens)
    if early is None and variables is None:
        return _outside_dashboards(tokens)
    return early


def _outside_dashboards(tokens: Sequence[Token]) -> TextFinding | None:
    for token in tokens:
        if token.kind == VARIABLE_WORD:
            words = f"`{token.text}` has no value here: variables exist only in dashboards"
            return TextFinding("promql-syntax", token.start, token.end, words, "write the value itself")
    return None


def _read(
    text: str, tokens: Sequence[Token], values: Mapping[str, str] | None, features: Collection[str]
) -> tuple[Expr | None, tuple[TextFinding, ...]]:
    """The tree and the findings of tokens that are each in order."""
    roles = variable_roles(tokens, values) if values is not None else _NO_ROLES
    shape = _shape(text, tokens, roles, values)
    if shape.tree is None and roles.guessed:
        other = _shape(text, tokens, roles.other(), values)
        shape = other if other.tree is not None else shape
    if shape.tree is not None:
        code = "not-promql" if shape.takes_regexes else "promql-syntax"
        return shape.tree, tuple(dialect_findings(shape.tree, features, code))
    from gaugewright.promql.explain import explain

    return None, explain(text, tokens, roles, values) or (_unexplained(len(text), shape.refusal),)


class _Shape(NamedTuple):
    """The tree, or None and promql-parser's reason; and whether it took the regular expressions."""

    tree: Expr | None
    refusal: str = ""
    takes_regexes: bool = True


def _shape(text: str, tokens: Sequence[Token], roles: Roles, values: Mapping[str, str] | None) -> _Shape:
    from gaugewright.promql.rewrite import for_parser

    node, reason = ask(for_parser(text, tokens, roles, values))
    takes_regexes = not reason.startswith("illegal regex")
    if node is None and not takes_regexes:
        # Rust's regular expressions are not Go's; `dialect` judges them by Go's rules.
        node, reason = ask(for_parser(text, tokens, roles, values, plain_regex=True))
    if node is None:
        return _Shape(None, reason)
    from gaugewright.promql.parts import OutOfStep
    from gaugewright.promql.places import Placer

    try:
        return _Shape(Placer(tokens, values, roles.guessed).tree(node), "", takes_regexes)
    except OutOfStep:
        return _Shape(None, "the parser reads it otherwise than it is written")


def _unexplained(length: int, refusal: str) -> TextFinding:
    words = f"the PromQL parser does not take this query: {refusal}"
    return TextFinding("unsupported-syntax", 0, length, words, "write the expression in another way")


def _unknown_variables(text: str, found: Sequence[VariableUse], variables: Mapping[str, str]) -> Iterator[TextFinding]:
    """One finding a name, where it is first used. A named group of a regular expression is no variable."""
    named_groups = "(?P<" in text or "(?<" in text
    told: set[str] = set()
    for use in found:
        if use.name in told or is_defined(use.name, variables):
            continue
        if named_groups and (f"P<{use.name}>" in text or f"(?<{use.name}>" in text):
            continue
        told.add(use.name)
        words = f"the dashboard defines no variable `{use.name}`, and Grafana has none of that name"
        mend = _other_variable(text, use, variables)
        yield TextFinding("unknown-variable", use.start, use.end, words, _variable_mend(use.name, variables), mend)


def _other_variable(text: str, use: VariableUse, variables: Mapping[str, str]) -> Mend | None:
    """The variable that was meant, as it is written here: `$x`, `${x}`, `[[x]]`."""
    from gaugewright.promql.variables import GLOBAL_VARIABLES

    found = meant(use.name, [*variables, *GLOBAL_VARIABLES])
    if found is None or any(name != found[0] and use.name.startswith(name) for name in variables):
        return None
    start = text.index(use.name, use.start)
    return replaced(start, start + len(use.name), *found)


def _variable_mend(name: str, variables: Mapping[str, str]) -> str:
    from difflib import get_close_matches

    from gaugewright.promql.variables import GLOBAL_VARIABLES

    longest = max((known for known in variables if name.startswith(known)), key=len, default="")
    if longest:
        return f"did you mean `${{{longest}}}{name[len(longest) :]}`? A name takes in letters, digits and _"
    near = get_close_matches(name, [*variables, *GLOBAL_VARIABLES], n=1, cutoff=0.6)
    return f"did you mean `${near[0]}`?" if near else "add it to the dashboard's variables"
