"""A dashboard's drop-downs.

A label's variable lists the declared domain where that is closed (a `custom` variable: complete before the
first sample, and no question to the server), and asks the server (`label_values`) where it is open.
"""

from __future__ import annotations

import re
from typing import Any

from grafanalib import core as grafana

from gaugewright.model.dashboards import Dashboard, Variable

ALL = "$__all"
"""Grafana's value for the choice "All"."""
_ALL_PATTERN = ".+"
_BY_NAME = 1
_ON_TIME_RANGE_CHANGE = 2
_NOT_LISTED = re.compile(r"\s:\s|\A\s|\s\Z|\A\Z|\$|\[\[")


def datasource_variable(dashboard: Dashboard) -> str:
    """The name of the data source's own variable: `datasource`, or what the user's variables leave free."""
    name = "datasource"
    while any(variable.name == name for variable in dashboard.variables):
        name = f"prometheus_{name}"
    return name


def templates(dashboard: Dashboard, datasource: dict[str, str]) -> list[grafana.Template]:
    """The data source first, since the others ask it, then the spec's in its order."""
    source = grafana.Template(
        name=datasource_variable(dashboard), label="Data source", type="datasource", query="prometheus"
    )
    return [source, *(_template(variable, datasource) for variable in dashboard.variables)]


def _template(variable: Variable, datasource: dict[str, str]) -> grafana.Template:
    listed = _listed(variable)
    common = {
        "name": variable.name,
        "label": variable.title or None,
        "multi": variable.multi,
        "includeAll": variable.include_all,
        "allValue": _ALL_PATTERN if variable.include_all else None,
    }
    if listed is not None:
        options = _options(listed, variable.include_all)
        return grafana.Template(type="custom", query=_list_text(listed), options=options, **common)
    return grafana.Template(
        type="query",
        query=_server_query(variable),
        dataSource=datasource,
        default=ALL if variable.include_all else None,
        refresh=_ON_TIME_RANGE_CHANGE,
        sort=_BY_NAME,
        **common,
    )


def _listed(variable: Variable) -> tuple[str, ...] | None:
    """The values of a `custom` variable. A label value that Grafana would read as something else there
    (`text : value`, a variable, outer blanks) makes it a question to the server instead."""
    if variable.values:
        return variable.values
    if variable.label is None or not variable.label.values:
        return None
    said = not any(_NOT_LISTED.search(value) for value in variable.label.values)
    return variable.label.values if said else None


def _list_text(values: tuple[str, ...]) -> str:
    r"""Grafana splits at commas, unless written `\,`, and drops blanks around a value."""
    escaped = (value.replace(",", "\\,") for value in values)
    return ",".join(value + " " if value.endswith("\\") else value for value in escaped)


def _options(values: tuple[str, ...], include_all: bool) -> list[dict[str, Any]]:
    """As Grafana saves them; the first is selected."""
    pairs = [("All", ALL)] * include_all + [_text_and_value(value) for value in values]
    return [{"selected": index == 0, "text": text, "value": value} for index, (text, value) in enumerate(pairs)]


def _text_and_value(value: str) -> tuple[str, str]:
    """Grafana's own notation `text : value`, for a drop-down that shows something else than it inserts."""
    found = re.fullmatch(r"\s*(.+)\s:\s(.+)", value)
    return (found[1].strip(), found[2].strip()) if found else (value.strip(), value.strip())


def _server_query(variable: Variable) -> str:
    if variable.query is not None:
        return variable.query.strip()
    label = variable.label.name if variable.label else variable.name
    return f"label_values({variable.label_metric}, {label})" if variable.label_metric else f"label_values({label})"
