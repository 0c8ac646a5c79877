"""The PromQL in the texts of alerts: `{{ range query "up == 0" }}`, read like every other query.

Only what is known without expanding the text: a string, or one that `printf` fills in, whose parts are then
variables of which nothing is known.
"""

from __future__ import annotations

from collections.abc import Iterator

from gaugewright.gotemplate.analysis import analyse
from gaugewright.gotemplate.values import FILLED, KnownText
from gaugewright.model.inner_text import InnerText
from gaugewright.model.names import Names
from gaugewright.model.resolve_queries import resolve_query
from gaugewright.model.rules import TextQuery
from gaugewright.spec.source import Source


def text_queries(alert: Source, names: Names, entities: tuple[str, ...]) -> tuple[TextQuery, ...]:
    """Those that can be read, each with its findings in `names` where there are any."""
    found = []
    for source in alert_texts(alert):
        for asked in _asked(source):
            place = InnerText(source.document, source.path, asked.places, quoted=True)
            query = resolve_query(asked.text, place, names, entities, {FILLED: ""})
            if query is not None:
                found.append(TextQuery(query, source.path, asked.start))
    return tuple(found)


def alert_texts(alert: Source) -> Iterator[Source]:
    """The texts of an alert that Prometheus expands: only those that hold an action."""
    written = alert.value()
    if not isinstance(written, dict):
        return
    for key in ("summary", "description"):
        if "{{" in str(written.get(key, "")):
            yield alert.at(key)
    for key in ("annotations", "labels"):
        several = written.get(key)
        for name, text in several.items() if isinstance(several, dict) else ():
            if "{{" in str(text):
                yield alert.at(key, name)


def _asked(source: Source) -> tuple[KnownText, ...]:
    text = str(source.value())
    if "query" not in text:
        return ()
    found = analyse(text)
    return () if found.refused else found.queries
