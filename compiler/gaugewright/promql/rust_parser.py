"""Calls promql-parser, the Rust parser of PromQL. It is imported only when the first query is read."""

from __future__ import annotations

from typing import Any


def ask(query: str) -> tuple[Any, str]:
    """promql-parser's tree; or None, and its reason for refusing. `guard` must have passed the query."""
    import promql_parser

    try:
        return promql_parser.parse(query), ""
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic of the Rust code is a BaseException
        return None, str(error)
