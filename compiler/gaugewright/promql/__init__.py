"""PromQL: reading a query into a tree with places (`parse`), and what the tree is made of (`syntax`).

Names are imported when first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gaugewright.promql.parse import Parsed, parse
    from gaugewright.promql.precedence import needs_parentheses
    from gaugewright.promql.syntax import Expr, children, selectors, unwrap, walk
    from gaugewright.promql.tokens import ends_in_comment
    from gaugewright.promql.value_type import value_type

_HOMES = {
    "Parsed": "parse",
    "parse": "parse",
    "needs_parentheses": "precedence",
    "Expr": "syntax",
    "children": "syntax",
    "selectors": "syntax",
    "unwrap": "syntax",
    "walk": "syntax",
    "ends_in_comment": "tokens",
    "value_type": "value_type",
}

__all__ = [
    "Expr",
    "Parsed",
    "children",
    "ends_in_comment",
    "needs_parentheses",
    "parse",
    "selectors",
    "unwrap",
    "value_type",
    "walk",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
