"""Mistakes that one token shows by itself: quotes, characters that PromQL lacks, numbers and durations.

They are looked for before promql-parser is called, because its own words for them have no place, and because
some durations make it panic. The first mistake is the one told: what follows an open quote says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from gaugewright.diagnostics import Edit, Mend, TextFinding, replaced
from gaugewright.promql.literals import (
    LONGEST_DURATION,
    EscapeMistake,
    duration_seconds,
    number_value,
    unquote,
    whole_duration,
)
from gaugewright.promql.tokens import (
    DURATION,
    MISNUMBER,
    NAME,
    NUMBER,
    OPEN_STRING,
    OPERATOR,
    STRING,
    VARIABLE_WORD,
    Token,
)

_CODE = "promql-syntax"

_UNIT_NAMES = {
    "ms": "ms msec msecs millis milli millisecond milliseconds",
    "s": "s sec secs second seconds",
    "m": "m min mins minute minutes",
    "h": "h hr hrs hour hours",
    "d": "d day days",
    "w": "w week weeks wk",
    "y": "y yr yrs year years",
}
_UNITS = {name: unit for unit, spelt in _UNIT_NAMES.items() for name in spelt.split()}
_SIZES = {
    "k": "1e3",
    "kb": "1e3",
    "mb": "1e6",
    "gb": "1e9",
    "g": "1e9",
    "tb": "1e12",
    "t": "1e12",
    "kib": "1024",
    "ki": "1024",
    "mib": "1024^2",
    "mi": "1024^2",
    "gib": "1024^3",
    "gi": "1024^3",
    "tib": "1024^4",
    "ti": "1024^4",
}
_WITH_UNIT = re.compile(r"(\d+(?:\.\d+)?)([A-Za-z]+)", re.ASCII)

_CHARACTERS: dict[str, tuple[str, ...]] = {
    "&&": ("PromQL has no `&&`", "write `and`", "and"),
    "||": ("PromQL has no `||`", "write `or`", "or"),
    "&": ("PromQL has no `&`", "write `and`", "and"),
    "|": ("PromQL has no `|`", 'write `or`; a choice of values is a regular expression: `x=~"a|b"`'),
    "!": (
        "PromQL has no `!`",
        "use `unless` or `absent(..)` for what is not there, `!=` and `!~` to exclude",
    ),
    "~": ("`~` does not stand alone", 'a regular expression is matched by `=~`, as in `{job=~"a.*"}`'),
    ";": ("PromQL has no `;`", "a query is one expression: leave the semicolon out"),
    "?": ("PromQL has no `?`", "a comparison drops what does not meet it; `== bool 1` gives 0 or 1"),
    "$": ("`$` stands alone", "a dashboard's variable is written `$name` or `${name}`"),
    "\\": ("a backslash stands only in strings", "leave it out; a query may break lines anywhere"),
    "×": ("PromQL has no `×`", "write `*`", "*"),
    "÷": ("PromQL has no `÷`", "write `/`", "/"),
    "≥": ("PromQL has no `≥`", "write `>=`", ">="),
    "≤": ("PromQL has no `≤`", "write `<=`", "<="),
    "≠": ("PromQL has no `≠`", "write `!=`", "!="),
    "−": ("this is a typographic minus", "write `-`", "-"),
    "–": ("this is a dash", "write `-`", "-"),
    "—": ("this is a dash", "write `-`", "-"),
    "\u00a0": ("this is a no-break space", "write a plain space", " "),
    "\ufeff": ("this is a byte order mark", "remove it", ""),
    ".": ("a name has no `.` in PromQL", 'quote such a name inside braces: `{"a.b"}`'),
}
_OPERATOR_SLIPS = {
    ("!", "=", ""): ("PromQL has no `=!`", "write `!=`", "!="),
    ("!", "", "="): ("`!` and `=` are apart", "write `!=`", "!="),
    ("~", "", "="): ("PromQL has no `~=`", "write `=~`", "=~"),
    ("~", "=", ""): ("`=` and `~` are apart", "write `=~`", "=~"),
}
_SMART_QUOTES = "“”„‟«»‘’‚‛´"


def lexical_finding(tokens: Sequence[Token]) -> TextFinding | None:
    """The first mistake that a token shows by itself."""
    for index, token in enumerate(tokens):
        kind = token.kind
        if kind in (OPERATOR, VARIABLE_WORD):
            continue
        if kind == NAME:
            found = _infinite_duration(tokens, index) if token.text.lower() in ("inf", "nan") else None
        elif kind == STRING:
            found = _escapes(token) if "\\" in token.text else None
        elif kind == DURATION:
            found = _duration(tokens, index)
        elif kind == NUMBER:
            found = _number(tokens, index)
        else:
            found = _unreadable(tokens, index)
        if found is not None:
            return found
    return None


def _finding(token: Token, words: str, help: str, code: str = _CODE, mend: Mend | None = None) -> TextFinding:
    return TextFinding(code, token.start, token.end, words, help, mend)


def _unreadable(tokens: Sequence[Token], index: int) -> TextFinding:
    token = tokens[index]
    if token.kind == MISNUMBER:
        return _misnumber(token)
    if token.kind == OPEN_STRING:
        quote = token.text[0]
        words = f"the string that opens here with {quote} is never closed"
        mend = f"add the closing {quote}" + (
            "" if quote == "`" else "; such a string ends on its own line" if "\\" not in token.text else ""
        )
        return TextFinding(_CODE, token.start, token.start + 1, words, mend)
    if token.text in _SMART_QUOTES:
        words = f"`{token.text}` is a typographic quote"
        return _finding(token, words, 'write the straight quote `"`', mend=_straight(tokens))
    slip = _OPERATOR_SLIPS.get((token.text, *_neighbours(tokens, index)))
    if slip is not None:
        words, help, meant = slip
        is_behind = _neighbours(tokens, index)[0] == "="
        first, last = (tokens[index - 1], token) if is_behind else (token, tokens[index + 1])
        return _finding(token, words, help, mend=replaced(first.start, last.end, meant, certain=True))
    unknown = (f"PromQL has no `{_shown(token.text)}`", "leave it out, or quote it")
    words, help, *known = _CHARACTERS.get(token.text, unknown)
    return _finding(
        token, words, help, mend=replaced(token.start, token.end, known[0], certain=True) if known else None
    )


def _straight(tokens: Sequence[Token]) -> Mend | None:
    """All typographic quotes of the query made straight; one alone, or one inside a string, tells nothing."""
    curly = [token for token in tokens if token.text in _SMART_QUOTES]
    edits = tuple(Edit(token.start, token.end, '"') for token in curly)
    return Mend(edits, certain=True) if len(edits) % 2 == 0 else None


def _neighbours(tokens: Sequence[Token], index: int) -> tuple[str, str]:
    """Whether `=` stands before and after the token: "=" or "" each."""
    before = tokens[index - 1].text if index else ""
    after = tokens[index + 1].text if index + 1 < len(tokens) else ""
    return "=" if before == "=" else "", "=" if after == "=" else ""


def _shown(char: str) -> str:
    return char if char.isprintable() else f"U+{ord(char[0]):04X}"


def _escapes(token: Token) -> TextFinding | None:
    value = unquote(token.text)
    if not isinstance(value, EscapeMistake):
        return None
    start = token.start + value.start
    end = min(token.start + value.end, token.end - 1)
    help = "double the backslash (`\\\\.` for a dot in a regular expression), or quote with backquotes"
    return TextFinding(_CODE, start, end, value.words, help, replaced(start, start, "\\", certain=True))


def _misnumber(token: Token) -> TextFinding:
    match = _WITH_UNIT.fullmatch(token.text)
    if match is None:
        return _finding(token, f"`{token.text}` is neither a number nor a duration", _number_mend(token.text))
    amount, unit = match[1], match[2]
    known = _UNITS.get(unit) or _UNITS.get(unit.lower())
    if known is not None and "." in amount:
        words = f"`{token.text}` is no duration: durations are whole numbers of a unit"
        whole = _whole(float(amount), known)
        return _finding(token, words, f"write `{whole}`", mend=replaced(token.start, token.end, whole, certain=True))
    if known is not None:
        words = f"PromQL knows no unit `{unit}`"
        mend = replaced(token.start, token.end, f"{amount}{known}", certain=unit != "M")
        return _finding(token, words, f"write `{amount}{known}`; the units are ms, s, m, h, d, w, y", mend=mend)
    if unit.lower() in _SIZES:
        words = f"PromQL has no units of size such as `{unit}`"
        return _finding(token, words, f"write `{amount} * {_SIZES[unit.lower()]}`")
    if unit.lower() in ("mo", "month", "months"):
        return _finding(token, "PromQL has no months", "write days: `30d`")
    return _finding(token, f"`{token.text}` is neither a number nor a duration", _number_mend(token.text))


def _number_mend(text: str) -> str:
    if re.search(r"[A-Za-z]{2}", text) and not text.lower().startswith("0x"):
        return "a name does not begin with a digit; a duration is a number and ms, s, m, h, d, w or y"
    return "write a number such as `0.5` or `1e6`, or a duration such as `5m` or `1h30m`"


def _whole(amount: float, unit: str) -> str:
    """`amount` of `unit` in whole smaller units."""
    return whole_duration(amount * (duration_seconds(f"1{unit}") or 0.0))


def _is_length(tokens: Sequence[Token], index: int) -> bool:
    """Whether the number at `index` is a range, a step or an offset."""
    before = tokens[index - 1].text.lower() if index else ""
    if before in ("-", "+") and index > 1:
        before = tokens[index - 2].text.lower()
    return before in ("[", ":", "offset")


def _infinite_duration(tokens: Sequence[Token], index: int) -> TextFinding | None:
    return _too_long(tokens[index]) if _is_length(tokens, index) else None


def _too_long(token: Token) -> TextFinding:
    words = f"`{token.text}` is no length of time that Prometheus can hold"
    return _finding(token, words, "write a duration such as `5m` or `30d`")


def _duration(tokens: Sequence[Token], index: int) -> TextFinding | None:
    token = tokens[index]
    seconds = duration_seconds(token.text)
    if seconds is None:
        words = f"`{token.text}` has its units out of order"
        return _finding(token, words, "write them from large to small, each once: `1h30m`")
    return _too_long(token) if seconds >= LONGEST_DURATION else None


def _number(tokens: Sequence[Token], index: int) -> TextFinding | None:
    token = tokens[index]
    value = number_value(token.text)
    if value is None:
        words = f"`{token.text}` is no number that Prometheus can hold"
        return _finding(token, words, "write `Inf` where infinity is meant", "not-promql")
    return _too_long(token) if value >= LONGEST_DURATION and _is_length(tokens, index) else None
