"""Explains a selector's braces and the matchers in them."""

from __future__ import annotations

from typing import NoReturn

from gaugewright.diagnostics import Mend, replaced
from gaugewright.promql.explain.cursor import END, NOT_PROMQL, UNSUPPORTED, Cursor, Part, instead, shown_token
from gaugewright.promql.rust_parser import ask
from gaugewright.promql.tokens import DURATION, NAME, NUMBER, STRING, VARIABLE_WORD, Token
from gaugewright.promql.variables import names

_MATCHES = ("=", "!=", "=~", "!~")


def braces(cursor: Cursor, name: Token | None) -> int:
    """Takes `{..}` at the cursor, after the metric's name if there is one; where it ends."""
    opener = cursor.take()
    selects = name is not None
    while cursor.next.text != "}":
        selects |= _matcher(cursor, opener, name)
        _between_matchers(cursor, opener)
    end = cursor.take().end
    if not selects:
        place = Part("", None, opener.start, end)
        if cursor.calls and cursor.calls[-1] == "info":
            words = "our parser takes these braces only where a matcher does not match the empty value"
            cursor.fail(place, words, 'match a label by a value, such as `{version=~".+"}`', UNSUPPORTED)
        words = "this would select every metric: at least one matcher must not match the empty value"
        cursor.note(place, words, "name a metric, or match a label by a value that is not empty")
    return end


def _matcher(cursor: Cursor, opener: Token, name: Token | None) -> bool:
    """Takes one matcher; whether it excludes series that lack the label."""
    label = cursor.next
    if label.kind not in (NAME, STRING, VARIABLE_WORD):
        _no_label(cursor, opener)
    if label.kind == NAME and ":" in label.text:
        _colon(cursor, label)
    cursor.take()
    if cursor.next.text in (",", "}") and label.kind != NAME:
        return label.kind == VARIABLE_WORD or _names_metric(cursor, label, name)
    op = _match_operator(cursor, label, opener)
    value = _value(cursor, label, op, opener)
    if name is not None and label.text.strip("'\"`") == "__name__":
        place = Part("", None, label.start, value.end)
        words = f"the metric is named twice: `{name.text}` and here"
        cursor.note(place, words, "name it before the braces or inside, not both")
    return _excludes_empty(cursor, op.text, value)


def _names_metric(cursor: Cursor, label: Token, name: Token | None) -> bool:
    if name is not None:
        words = f"the metric is named twice: `{name.text}` and {label.text}"
        cursor.note(label, words, 'a value needs its label: `{label="value"}`')
    return len(label.text) > 2


def _excludes_empty(cursor: Cursor, op: str, value: Token) -> bool:
    if value.kind != STRING or (cursor.values is not None and names(value.text)):
        return True
    _, refusal = ask(f"{{x{op}{value.text}}}")
    return "non-empty matcher" not in refusal


def _no_label(cursor: Cursor, opener: Token) -> NoReturn:
    token = cursor.next
    if token.kind == END:
        _open_braces(cursor, opener)
    if token.text == ",":
        cursor.fail(token, "a matcher is missing before this comma", "leave the comma out")
    if token.text == "{":
        cursor.fail(token, "braces do not stand inside braces", "leave one pair out")
    if token.text == ")" or token.text == "]":
        _open_braces(cursor, opener)
    words = f"here a label's name was expected, not {shown_token(token)}"
    cursor.fail(token, words, 'a matcher is written `label="value"`')


def _open_braces(cursor: Cursor, opener: Token) -> NoReturn:
    end = _end_before(cursor)
    is_matched = cursor.previous is not None and cursor.previous.kind == STRING
    mend = replaced(end, end, "}") if is_matched else None
    cursor.fail(opener, "this brace is never closed", "add `}` after the last matcher", mend=mend)


def _end_before(cursor: Cursor) -> int:
    """Where the last token ends that was taken."""
    return cursor.previous.end if cursor.previous is not None else 0


def _colon(cursor: Cursor, label: Token) -> NoReturn:
    """`{job: "a"}`, `{job:"a"}`, or a colon inside a label's name."""
    label_name, _, rest = label.text.partition(":")
    if rest and cursor.peek().text in _MATCHES:
        cursor.fail(label, "a label's name has no colon", f'write it in quotes: `{{"{label.text}"="value"}}`')
    place = Part("", None, label.start + len(label_name), label.start + len(label_name) + 1)
    is_quoted = cursor.peek().kind == STRING and not rest
    value = cursor.peek().text if cursor.peek().kind == STRING else f'"{rest or "value"}"'
    words = "a label and its value are joined by `=`, not by a colon"
    cursor.fail(place, words, f"write `{label_name}={value}`", mend=instead(place, "=" if is_quoted else None))


_OPERATOR_SLIPS: dict[str, tuple[str, str, str | None]] = {
    "==": ("in braces, equality is a single `=`", "write `=`", "="),
    "<": ("a label's value is text and cannot be compared by size", "compare the metric's value: `x < 1`", None),
    ":": ("a label and its value are joined by `=`, not by a colon", 'write `label="value"`', "="),
    "in": ("PromQL has no `in`", 'a choice of values is a regular expression: `=~"a|b"`', None),
    "like": ("PromQL has no `like`", 'write a regular expression: `=~".*text.*"`', None),
    "is": ("PromQL has no `is`", 'write `label="value"`', "="),
}
for _op in ("<=", ">", ">="):
    _OPERATOR_SLIPS[_op] = _OPERATOR_SLIPS["<"]


def _match_operator(cursor: Cursor, label: Token, opener: Token) -> Token:
    token = cursor.next
    if token.text in _MATCHES:
        return cursor.take()
    if cursor.word == "or":
        _or_inside(cursor)
    if cursor.word in _OPERATOR_SLIPS:
        words, help, meant = _OPERATOR_SLIPS[cursor.word]
        is_followed = cursor.peek().kind == STRING
        cursor.fail(token, words, help, mend=instead(token, meant if is_followed else None))
    if token.kind == END:
        _open_braces(cursor, opener)
    if token.text in (",", "}"):
        words = f"`{label.text}` has no value to match"
        cursor.fail(label, words, f'write `{label.text}="value"`, or `{label.text}!=""` for any value')
    words = f"after the label `{label.text}` one of `=`, `!=`, `=~`, `!~` was expected, not {shown_token(token)}"
    cursor.fail(token, words, f'write `{label.text}="value"`')


def _value(cursor: Cursor, label: Token, op: Token, opener: Token) -> Token:
    token = cursor.next
    if token.kind == STRING:
        return cursor.take()
    if token.kind == END:
        _open_braces(cursor, opener)
    if token.text in (",", "}"):
        cursor.fail(op, f"`{label.text}{op.text}` has no value", f'write `{label.text}{op.text}"value"`')
    if token.kind in (NAME, NUMBER, DURATION, VARIABLE_WORD):
        end = _unquoted_end(cursor)
        unquoted = Part("", None, token.start, end)
        words = f"the value of the label `{label.text}` must be quoted"
        quoted = f'"{cursor.text[token.start : end]}"'
        meant = quoted if "\\" not in quoted and token.kind != VARIABLE_WORD else None
        cursor.fail(unquoted, words, f"write `{label.text}{op.text}{quoted}`", mend=instead(unquoted, meant))
    doubled = op.text + token.text
    meant = {"=!": "!=", "==": "=", "!==": "!=", "=~=": "=~"}.get(doubled)
    doubles = token.text in ("=", "==", "!=", "=~")
    place = Part("", None, op.start if doubles else token.start, token.end)
    words = f"after `{label.text}{op.text}` a quoted value was expected, not {shown_token(token)}"
    help = f"write `{meant}`" if meant else f'write `{label.text}{op.text}"value"`'
    cursor.fail(place, words, help, mend=instead(place, meant) if doubles else None)


def _unquoted_end(cursor: Cursor) -> int:
    """Where an unquoted value ends: at the comma or brace, as long as it is on this line."""
    end = cursor.next.end
    ahead = 1
    while (token := cursor.peek(ahead)).kind != END and token.text not in (",", "}", "{", "(", ")", "[", "]"):
        if token.kind == STRING or token.start != end:
            break
        end, ahead = token.end, ahead + 1
    return end


def _or_inside(cursor: Cursor) -> NoReturn:
    words = "Prometheus has no `or` inside braces"
    mend = 'join two selectors by `or`, or match several values of one label: `{job=~"a|b"}`'
    cursor.fail(cursor.next, words, mend, NOT_PROMQL, _either(cursor))


def _either(cursor: Cursor) -> Mend | None:
    """`{job="a" or job="b"}`, all of the braces, is `{job=~"a|b"}`."""
    at = cursor.position
    inside = cursor.tokens[max(0, at - 4) : at + 5]
    if [token.text for token in inside[::8]] != ["{", "}"]:
        return None
    _, label, equals, value, _, other_label, other_equals, other, _ = inside
    values = [token.text.strip("'\"`") for token in (value, other)]
    plain = all(text.replace("_", "").isalnum() for text in values)
    if label.text != other_label.text or equals.text != "=" or other_equals.text != "=" or not plain:
        return None
    return replaced(equals.start, other.end, f'=~"{"|".join(values)}"', certain=True)


def _between_matchers(cursor: Cursor, opener: Token) -> None:
    token = cursor.next
    if token.text == ",":
        cursor.take()
    elif token.text == "}":
        return
    elif cursor.word == "or":
        _or_inside(cursor)
    elif cursor.word == "and":
        words = "between matchers a comma was expected, not `and`"
        mend = replaced(_end_before(cursor), token.end, ",", certain=True)
        cursor.fail(token, words, "write `,`: all matchers must hold", mend=mend)
    elif token.kind == END or token.text in (")", "]"):
        _open_braces(cursor, opener)
    elif token.kind in (NAME, STRING):
        place = Part("", None, token.start, token.end)
        end = _end_before(cursor)
        mend = replaced(end, end, ",", certain=True)
        cursor.fail(place, f"a comma is missing before {shown_token(token)}", "separate matchers by `,`", mend=mend)
    else:
        cursor.fail(token, f"after a matcher `,` or `}}` was expected, not {shown_token(token)}", "leave it out")
