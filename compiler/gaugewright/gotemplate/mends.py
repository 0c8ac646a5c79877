"""What a mistake in a template is, in words, and how to mend it.

Each answer is the message, the help, and, where one edit says what was meant, the mend.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice

from gaugewright.diagnostics import Mend, replaced
from gaugewright.diagnostics.suggest import did_you_mean, meant
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

Words = tuple[str, str] | tuple[str, str, Mend | None]

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


def unexpected(token: Token, context: str, before: Token, following: Token) -> Words:
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
        string = f'"{token.text[1:-1]}"'
        is_plain = not set(string[1:-1]) & set('\\"')
        mend = replaced(token.start, token.end, string, certain=True) if is_plain else None
        return f"{token.text} is no character", f"Strings take double quotes: `{string}`.", mend
    if token.kind == OPEN:
        return "a function's arguments stand without parentheses", "Write `humanize $value`, with a space."
    if token.kind == CLOSE:
        return "something is missing before `)`", ""
    return _operator(token, before, following)


def _operator(token: Token, before: Token, following: Token) -> Words:
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


_RENAMED = {"upper": "toUpper", "lower": "toLower", **dict.fromkeys(("elseif", "elsif", "elif"), "else if")}
"""Names of other template languages for what Prometheus's call otherwise."""


def unknown_function(token: Token, has_arguments: bool) -> Words:
    """A word that is no function of Prometheus's templates."""
    name = token.text
    message = f"no function is named `{name}`"
    if name in _MEANT_VARIABLES:
        variable = _MEANT_VARIABLES[name]
        return message, f"Did you mean `{variable}`?", _instead(token, (variable, True))
    if name in ELSEWHERE:
        return message, ELSEWHERE[name], _instead(token, (_RENAMED[name], True) if name in _RENAMED else None)
    suggested = did_you_mean(name, FUNCTIONS)
    if suggested:
        return message, suggested, _instead(token, meant(name, FUNCTIONS))
    if has_arguments:
        return message, ""
    return message, f"A label is written `$labels.{name}`.", _instead(token, (f"$labels.{name}", False))


def undefined_variable(token: Token, defined: Iterable[str], in_definition: bool) -> Words:
    name = token.text
    message = f"the variable `{name}` is not defined here"
    if in_definition:
        return message, "A `define` or `block` sees no variable from outside: pass what it needs as its dot."
    for variable, misspelt in _MISSPELT.items():
        if name in misspelt:
            return message, f"Did you mean `{variable}`?", _instead(token, (variable, True))
    visible = [variable for variable in islice(defined, 50) if variable != "$"]  # more would take long
    suggested = did_you_mean(name, visible)
    if suggested:
        return message, suggested, _instead(token, meant(name, visible))
    return message, f"A label is written `$labels.{name[1:]}`.", _instead(token, (f"$labels.{name[1:]}", False))


_MISSPELT = {"$labels": ("$label", "$Labels", "$Label"), "$value": ("$Value", "$values", "$val")}


def _instead(token: Token, found: tuple[str, bool] | None) -> Mend | None:
    return replaced(token.start, token.end, *found) if found is not None else None
