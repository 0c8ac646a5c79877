"""What a check of a query is given: the query, the type of each of its parts, and whose it is.

A check is a function from a `TypedQuery` and a node of its tree to `Mistake`s. Inference over-approximates
(`promql/types`), so what a type calls impossible is impossible for every data set that satisfies the spec.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from gaugewright.diagnostics import Mend, Place, Related
from gaugewright.diagnostics.finding import Severity
from gaugewright.model.dashboards import Dashboard, Panel, Variable
from gaugewright.model.model import Model
from gaugewright.model.rules import AlertRule, Query, RecordingRule, TextQuery
from gaugewright.model.typing import environment_of
from gaugewright.promql.syntax import Expr, Placed
from gaugewright.promql.types import Environment, Type, types_of
from gaugewright.promql.types.state import NEVER


class Mistake(NamedTuple):
    """A finding at characters `start` to `end` of a query, or at `place` where it is not in the query itself.

    `severity` is told where it is not the code's own. `explains` are the places of findings that would say the
    same again. The edits of `mend` count the query's characters."""

    code: str
    start: int
    end: int
    message: str
    help: str
    related: tuple[Related, ...] = ()
    severity: Severity | None = None
    place: Place | None = None
    explains: tuple[tuple[int, int], ...] = ()
    mend: Mend | None = None


class TypedQuery(NamedTuple):
    """A query with the types of its parts; one of `rule`, `alert`, `panel` and `variable` (with their dashboard) and
    `asked` (by an alert's text) is set."""

    query: Query
    entities: tuple[str, ...]
    types: Mapping[int, Type]
    environment: Environment
    model: Model
    rule: RecordingRule | None = None
    alert: AlertRule | None = None
    panel: Panel | None = None
    dashboard: Dashboard | None = None
    variable: Variable | None = None
    asked: TextQuery | None = None

    @property
    def tree(self) -> Expr:
        return self.query.tree

    def of(self, node: Expr) -> Type:
        return self.types[id(node)]

    def text(self, node: Placed) -> str:
        """What the user wrote."""
        return self.query.text[node.start : node.end]

    def related(self, message: str, node: Placed) -> Related:
        return Related(message, self.query.source.inside(node.start, node.end))

    def is_recorded(self, name: str) -> bool:
        series = self.environment.series.get(name)
        return series is not None and series.recorded


def typed_queries(model: Model) -> tuple[TypedQuery, ...]:
    """Every query of the spec, each inferred once, and all over one environment."""
    return tuple(_all(model, environment_of(model)))


def _all(model: Model, environment: Environment) -> Iterator[TypedQuery]:
    for rule in model.recording_rules:
        yield _typed(rule.query, (rule.name,), model, environment)._replace(rule=rule)
    for alert in model.alert_rules:
        yield _typed(alert.query, (alert.name,), model, environment)._replace(alert=alert)
        for asked in alert.text_queries:
            yield _typed(asked.query, (alert.name,), model, environment)._replace(asked=asked)
    for dashboard in model.dashboards:
        for panel in dashboard.panels:
            for item in panel.queries:
                entities = (panel.title, dashboard.title)
                yield _typed(item.query, entities, model, environment)._replace(panel=panel, dashboard=dashboard)
        for variable in dashboard.variables:
            if variable.asked is not None:
                typed = _typed(variable.asked, (variable.name, dashboard.title), model, environment)
                yield typed._replace(variable=variable, dashboard=dashboard)


def _typed(query: Query, entities: tuple[str, ...], model: Model, environment: Environment) -> TypedQuery:
    return TypedQuery(query, entities, types_of(query.tree, environment), environment, model)


def at(code: str, node: Placed, message: str, help: str, mend: Mend | None = None) -> Mistake:
    """A mistake at one part of the query."""
    return Mistake(code, node.start, node.end, message, help, mend=mend)


def is_judged(*types: Type) -> bool:
    """Whether something can be said of what is made of these: an operand that never has a result, or a dashboard
    variable of unknown meaning, has its own finding or none."""
    return all(found.exists is not NEVER and not found.guess for found in types)
