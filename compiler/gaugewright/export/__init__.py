"""Historical exports: metric history out of a Prometheus, into a file or into Python, every sample once and exact.

`batches` is the way in from Python; the command line goes through `job`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from gaugewright.export.errors import ExportError
from gaugewright.export.server import Server

if TYPE_CHECKING:
    import os

__all__ = ["ExportError", "Server", "batches"]


def batches(
    spec: str | os.PathLike[str],
    name: str | None = None,
    *,
    metrics: Sequence[str] = (),
    start: str = "",
    end: str = "now",
    filters: Mapping[str, str] | None = None,
    step: str | None = None,
    server: str | Server | None = None,
    rows: int = 122_880,
    retry_for: float = 120.0,
    said: Callable[[str], None] = lambda text: None,
) -> Iterator[Any]:
    """Yields pyarrow.RecordBatch objects with at most `rows` rows: the samples of an export of the spec, or of
    `metrics` from `start` (inclusive) to `end`, in the order and with the columns of the Parquet file.

    Times are written as in a spec: RFC 3339 or `now-90d`. `step` (`1m`) asks for a regular grid. `server` is a
    URL or a `Server` with credentials; without one the spec's `prometheus_url`. `retry_for` is how many seconds of
    failures on end are borne; `said` is told about each.

    Raises ExportError, at the first batch or at any later one: then what came before is not the whole.
    """
    from gaugewright.commands.specs import Unreadable, read_spec_file
    from gaugewright.export.arrow import Batches
    from gaugewright.export.asked import Fields, ask
    from gaugewright.export.blocks import blocks
    from gaugewright.export.client import Client
    from gaugewright.export.prefetch import ahead
    from gaugewright.export.request import Options, duration
    from gaugewright.export.source import Source
    from gaugewright.export.windows import Position, windows

    what: str | Fields = name or Fields(
        metrics, start, end, "parquet", "batches", "python", tuple((filters or {}).items())
    )
    if name is not None and (metrics or filters or start):
        raise ExportError("either the name of an export, or its fields")
    try:
        asked = ask(read_spec_file(str(spec)), what, datetime.now(UTC), Options(step_ms=duration(step)))
    except Unreadable as error:
        raise ExportError(str(error)) from None
    request = asked.request
    where = server if isinstance(server, Server) else Server(server or asked.prometheus_url)
    making = Batches(request)
    client = Client(where)
    stop = threading.Event()
    try:
        source = Source(client, request, retry_for, stop, said, making.decode)
        with (
            ahead(windows(request, source, Position()), stop) as found,
            ahead(map(making.batch, blocks(request, found, Position(), size=rows)), stop) as made,
        ):
            yield from made
    finally:
        client.close()
