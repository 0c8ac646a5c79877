"""What a mistake in a template is, in words, and how to mend it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from itertools import islice

from gaugewright.diagnostics.suggest import did_you_mean
from gaugewright.gotemplate.functions import ELSEWHERE, FUNCTIONS
from gaugewright.gotemplate.tokens import (
    ASSIGN,
    CHARACTER,
    CLOSE,
    DECLARE,
    END_OF_TEXT,
    ERROR,
    KEYWORD,
    OPEN,
    OTHER,
    PIPE,
    RIGHT,
    Token,
)

_ERRORS: dict[str, tuple[str, str]] = {
    "unclosed action": ("`{{` is not closed", "Close it with `}}`."),
    "unclosed comment": ("the comment is not closed", "End it with `*/}}`."),
    "comment not alone": ("a comment ends with `*/}}`", "Give it an action of its own: `{{/* text */}}`."),
    "unclosed left paren": ("a parenthesis is not closed", "Add `)` before `}}`."),
    "unexpected right paren": ("there is no parenthesis that this could close", "Remove it, or add `(`."),
    "expected :=": ("`:` alone means nothing here", "A variable is declared with `:=`."),
    "unterminated string": ("the string is not closed on its line", 'Close it with `"`.'),
    "unterminated raw string": ("the string is not closed", "Close it with `` ` ``."),
    "unterminated character": ("`'` begins a character", 'Strings take double quotes: `"text"`.'),
}
_COMPARISONS = {"==": "eq", "=": "eq", ">": "gt", "<": "lt", "!=": "ne"}
_CALCULATIONS = frozenset("+-*/%^")
_MEANT_VARIABLES = {
    "labels": "$labels", "Labels": "$labels", "label": "$labels", "value": "$value", "Value": "$value",
    "externalLabels": "$externalLabels", "ExternalLabels": "$externalLabels",
}  # fmt: skip


def lexical(token: Token) -> tuple[str, str]:
    """The words for an error token."""
    known = _ERRORS.get(token.text)
    if known is not None:
        return known
    if token.text.startswith("bad number"):
        return bad_number(token.text.removeprefix("bad number ").strip("'"))
    return _bad_character(token.text.removeprefix("bad character ").strip("'\""))


def bad_number(written: str) -> tuple[str, str]:
    message = f"`{written}` is no number that Go reads"
    if re.fullmatch(r"[0-9.]+(?:ms|[smhdwy])", written):
        return message, 'A duration is written in seconds, or as `parseDuration "5m"`.'
    if re.fullmatch(r"[0-9.]+[+-][0-9.]*", written):
        return message, "Templates do not calculate: let the query do it."
    return message, ""


def _bad_character(character: str) -> tuple[str, str]:
    message = f"`{character}` cannot stand here"
    if character == "}":
        return "one `}` is missing: an action ends with `}}`", "Write `}}`."
    if character == "{":
        return message, "Inside `{{ }}` there are no further braces."
    if character in "-/":
        return message, 'A label\'s name with such a character is asked with `index $labels "name"`.'
    if character == "[":
        return message, 'Write `index $labels "name"`, or `$labels.name`.'
    if character == "!":
        return message, "Negation is a function: `not $x`; inequality too: `ne $x $y`."
    if character in _COMPARISONS:
        return message, f'Comparisons are functions: `{_COMPARISONS[character]} $labels.x "text"`.'
    if character in "+*%^":
        return message, "Templates do not calculate: let the query do it."
    if character in "“”„‘’":
        return message, 'Use a plain `"`.'
    if character in "\"'":
        return message, "Put a space before it."
    return message, ""


def unexpected(token: Token, context: str, before: Token, following: Token) -> tuple[str, str]:
    """A token that cannot stand in `context`, and what was likely meant."""
    if token.kind == ERROR:
        return lexical(token)
    if token.kind == END_OF_TEXT:
        return "the text ends inside an action", "Close it with `}}`."
    if token.kind == RIGHT:
        return f"{context} has no value", "Say what it is to show, such as `$labels.name`."
    if token.kind == KEYWORD:
        return f"`{token.text}` cannot stand here", f"Give it an action of its own: `{{{{ {token.text} }}}}`."
    if token.kind == CHARACTER:
        return f"{token.text} is no character", f'Strings take double quotes: `"{token.text[1:-1]}"`.'
    if token.kind == OPEN:
        return "a function's arguments stand without parentheses", "Write `humanize $value`, with a space."
    if token.kind == CLOSE:
        return "something is missing before `)`", ""
    return _operator(token, before, following)


def _operator(token: Token, before: Token, following: Token) -> tuple[str, str]:
    doubled = following.start == token.end and following.text in ("=", "|", "&")
    text = token.text + following.text if doubled else token.text
    message = f"`{text}` is no operator of templates"
    if token.kind == PIPE and before.kind == PIPE and before.end == token.start:
        return "`||` is no operator of templates", "Write `or a b`; to pass a value on, write `|` once."
    if token.kind == PIPE:
        return "`|` passes a value on, and here is none", "Put a value before it and a function behind it."
    if token.kind == DECLARE:
        return "`:=` has no variable before it", "Write `$name := value`."
    if text == "!":
        return message, "Write `not a`."
    if text[0] in "=!<>":
        name = {">=": "ge", "<=": "le"}.get(text) or _COMPARISONS.get(text, "eq")
        return message, f"Comparisons are functions that stand first: `{name} a b`."
    if token.kind == ASSIGN or text == "&&":
        return message, "Write `and a b`." if text == "&&" else ""
    if text in _CALCULATIONS:
        is_comment = text == "/" and following.text == "*"
        return (
            ("a comment begins right behind `{{`", "Write `{{/* text */}}`.")
            if is_comment
            else (message, "Templates do not calculate: let the query do it.")
        )
    if text == "}":
        return "one `}` is missing: an action ends with `}}`", "Write `}}`."
    if text == "{":
        return "braces cannot stand inside an action", "Write `{{` once."
    if text == ",":
        return "arguments are separated by spaces alone", "Remove the comma."
    if token.kind == OTHER:
        return f"`{text}` cannot stand here", ""
    return f"`{text}` cannot stand here", "Put a space, or `|`, before it."


def unknown_function(name: str, has_arguments: bool, labels: Collection[str] = ()) -> tuple[str, str]:
    """A word that is no function of Prometheus's templates."""
    message = f"no function is named `{name}`"
    if name in _MEANT_VARIABLES:
        return message, f"Did you mean `{_MEANT_VARIABLES[name]}`?"
    if name in ELSEWHERE:
        return message, ELSEWHERE[name]
    suggested = did_you_mean(name, FUNCTIONS)
    if suggested:
        return message, suggested
    return message, "" if has_arguments else f"A label is written `$labels.{name}`."


def undefined_variable(name: str, defined: Iterable[str], in_definition: bool) -> tuple[str, str]:
    message = f"the variable `{name}` is not defined here"
    if in_definition:
        return message, "A `define` or `block` sees no variable from outside: pass what it needs as its dot."
    if name in ("$label", "$Labels", "$Label"):
        return message, "Did you mean `$labels`?"
    if name in ("$Value", "$values", "$val"):
        return message, "Did you mean `$value`?"
    visible = [variable for variable in islice(defined, 50) if variable != "$"]  # more would take long
    suggested = did_you_mean(name, visible)
    return message, suggested or f"A label is written `$labels.{name[1:]}`."
