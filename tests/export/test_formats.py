"""What is written can be read by what people read it with, and every reader finds the same values."""

from __future__ import annotations

import csv
import json
import math
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gaugewright.export.request import Request
from gaugewright.export.server import Server

from tests.export.exporting import HOUR, START, VALUES, Exporting, asked
from tests.export.fake import Series, fake

Row = tuple[str, str, str, str, int, bytes]
"""`metric`, `instance`, `route`, `other_labels`, milliseconds, and the value's bytes."""

ROUTES = ("", "plain", "a,b", 'quo"te', "line\nbreak", "\r", " spaces ", "ünï→😀", "null", "NaN", "007", "=1+1", "'")


def series() -> list[Series]:
    """Labels that are hard to write, values that are hard to read, and times a millisecond apart."""
    found = []
    for number, route in enumerate(ROUTES):
        labels = {"__name__": "shop_level", "instance": "a:1"} | ({"route": route} if route else {})
        labels |= {"zone": "=A1"} if number % 2 else {}
        samples = tuple((START + number + index * 1000, text) for index, text in enumerate(VALUES))
        found.append(Series(labels, samples))
    return found


def row(time: int, value: float, metric: str, instance: str, route: str, other: str) -> Row:
    return time, struct.pack(">d", math.nan if math.isnan(value) else value), metric, instance, route, other


def stored() -> list[Row]:
    """In the order of the file."""
    rows = []
    for one in sorted(series(), key=lambda one: (one.labels.get("route", ""), one.labels.get("zone", ""))):
        other = '{"zone":"=A1"}' if "zone" in one.labels else ""
        for time, text in one.samples:
            rows.append(row(time, float(text), "shop_level", "a:1", one.labels.get("route", ""), other))
    return rows


def exported(folder: Path, **changed: Any) -> Path:
    with fake(series()) as there:
        exporting = Exporting(folder, Server(there.url))
        exporting.run(request(folder, **changed), block_rows=17)
    return folder / "day.csv"


def request(folder: Path, **changed: Any) -> Request:
    one = {"metric_names": ("shop_level",), "series": ("shop_level",), "end_ms": START + HOUR}
    return asked(folder, **one | changed)


def of_pandas_csv(path: Path) -> list[Row]:
    pandas = pytest.importorskip("pandas")
    texts = dict.fromkeys(("metric", "instance", "route", "other_labels"), str)
    table = pandas.read_csv(path, dtype=texts, keep_default_na=False, na_values={"value": ["NaN"]})
    return [row(*values) for values in table.itertuples(index=False)]


def of_polars_csv(path: Path) -> list[Row]:
    polars = pytest.importorskip("polars")
    types = dict.fromkeys(("metric", "instance", "route", "other_labels"), polars.String) | {"value": polars.Float64}
    return [row(*values) for values in polars.read_csv(path, schema_overrides=types).fill_null("").rows()]


def of_duckdb_csv(path: Path) -> list[Row]:
    duckdb = pytest.importorskip("duckdb")
    types = "{'route': 'VARCHAR', 'other_labels': 'VARCHAR', 'value': 'DOUBLE'}"
    question = f"select * from read_csv('{path}', types = {types}, strict_mode = true)"
    return [row(*("" if value is None else value for value in values)) for values in duckdb.sql(question).fetchall()]


def of_python_csv(path: Path) -> list[Row]:
    with path.open(newline="", encoding="utf-8") as file:
        head, *rows = csv.reader(file, strict=True)
    assert head == ["timestamp_ms", "value", "metric", "instance", "route", "other_labels"]
    return [row(int(time), float(value), *texts) for time, value, *texts in rows]


def of_pandas_json(path: Path) -> list[Row]:
    pandas = pytest.importorskip("pandas")
    table = pandas.read_json(path, lines=True, dtype=False)
    return [row(time, float(value), *texts) for time, value, *texts in table.itertuples(index=False)]


def of_polars_json(path: Path) -> list[Row]:
    polars = pytest.importorskip("polars")
    return [row(time, float(value), *texts) for time, value, *texts in polars.read_ndjson(path).rows()]


def of_duckdb_json(path: Path) -> list[Row]:
    duckdb = pytest.importorskip("duckdb")
    texts = "metric: 'VARCHAR', instance: 'VARCHAR', route: 'VARCHAR', other_labels: 'VARCHAR'"
    columns = f"{{timestamp_ms: 'BIGINT', value: 'VARCHAR', {texts}}}"
    question = f"select * replace (value::DOUBLE as value) from read_json('{path}', columns = {columns})"
    return [row(*values) for values in duckdb.sql(question).fetchall()]


def of_pandas_parquet(path: Path) -> list[Row]:
    pandas = pytest.importorskip("pandas")
    table = pandas.read_parquet(path)
    assert str(table.dtypes["timestamp"]) == "datetime64[ms, UTC]"
    table["timestamp"] = table["timestamp"].astype("int64")
    return [row(*values) for values in table.itertuples(index=False)]


def of_polars_parquet(path: Path) -> list[Row]:
    polars = pytest.importorskip("polars")
    table = polars.read_parquet(path)
    assert table.schema["timestamp"] == polars.Datetime("ms", "UTC")
    texts = [polars.col(name).cast(polars.String) for name in ("metric", "instance", "route", "other_labels")]
    return [row(*values) for values in table.select(polars.col("timestamp").dt.epoch("ms"), "value", *texts).rows()]


def of_duckdb_parquet(path: Path) -> list[Row]:
    duckdb = pytest.importorskip("duckdb")
    fields = "epoch_ms(timestamp), value, metric, instance, route, other_labels"
    return [row(*values) for values in duckdb.sql(f"select {fields} from read_parquet('{path}')").fetchall()]


READERS: dict[str, dict[str, Callable[[Path], list[Row]]]] = {
    "csv": {"pandas": of_pandas_csv, "Polars": of_polars_csv, "DuckDB": of_duckdb_csv, "Python": of_python_csv},
    "json": {"pandas": of_pandas_json, "Polars": of_polars_json, "DuckDB": of_duckdb_json},
    "parquet": {"pandas": of_pandas_parquet, "Polars": of_polars_parquet, "DuckDB": of_duckdb_parquet},
}


@pytest.mark.parametrize(("format", "reader"), [(format, name) for format in READERS for name in READERS[format]])
def test_readers_find_what_was_stored(format: str, reader: str, tmp_path: Path) -> None:
    if format == "parquet":
        pytest.importorskip("pyarrow")
    assert READERS[format][reader](exported(tmp_path, format=format)) == stored()


def test_an_array_holds_what_the_lines_hold(tmp_path: Path) -> None:
    array = json.loads(exported(tmp_path, format="json", json_array=True).read_bytes())
    rows = [row(time, float(value), *texts) for time, value, *texts in (one.values() for one in array)]
    assert rows == stored()


@pytest.mark.parametrize(("format", "content"), [("csv", None), ("json", b""), ("array", b"[\n]\n"), ("parquet", None)])
def test_a_file_without_samples_is_whole_too(format: str, content: bytes | None, tmp_path: Path) -> None:
    if format == "parquet":
        pytest.importorskip("pyarrow")
    with fake([]) as there:
        exporting = Exporting(tmp_path, Server(there.url))
        exporting.run(request(tmp_path, format="json" if format == "array" else format, json_array=format == "array"))
    if content is None:
        assert READERS[format]["DuckDB"](tmp_path / "day.csv") == []
    else:
        assert exporting.file == content


def test_formulas_are_disarmed_and_nothing_else_is_changed(tmp_path: Path) -> None:
    """A spreadsheet runs what begins so, quoted or not; `-0` and other values are numbers to it."""
    routes = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "a=1", "'=1", "=a,b", "")
    samples = ((START, "-0"), (START + 1, "-Inf"))
    one = [Series({"__name__": "shop_level", **({"route": route} if route else {})}, samples) for route in routes]
    with fake(one) as there:
        exporting = Exporting(tmp_path, Server(there.url))
        exporting.run(request(tmp_path, excel_safe=True))
    found = of_python_csv(tmp_path / "day.csv")
    disarmed = {f"'{route}" for route in routes[:6]} | {"a=1", "'=1", "'=a,b", ""}
    assert {values[4] for values in found} == disarmed
    assert {values[1] for values in found} == {struct.pack(">d", value) for value in (-0.0, -math.inf)}


def test_a_label_with_the_name_of_a_column_gets_another(tmp_path: Path) -> None:
    labels = {"__name__": "shop_level", "value": "v", "metric": "m", "exported_value": "e"}
    with fake([Series(labels, ((START, "1"),))]) as there:
        exporting = Exporting(tmp_path, Server(there.url))
        exporting.run(request(tmp_path, labels=("exported_value", "metric", "value")))
    head, only = exporting.file.decode().splitlines()
    assert head == "timestamp_ms,value,metric,exported_value,exported_metric,exported_exported_value,other_labels"
    assert only == f"{START},1,shop_level,e,m,v,"


def test_a_grid_has_the_values_that_prometheus_computes_at_each_step(tmp_path: Path) -> None:
    """Of the last sample in five minutes: 8:20 minutes after each other, so that some steps have none."""
    samples = tuple((START + number * 500_000, str(number)) for number in range(8))
    with fake([Series({"__name__": "shop_level"}, samples)]) as there:
        exporting = Exporting(tmp_path, Server(there.url))
        exporting.run(request(tmp_path, step_ms=90_000))
    rows = [line.split(",") for line in exporting.file.decode().splitlines()[1:]]
    expected = []
    for at in range(START, START + HOUR, 90_000):
        number = (at - START) // 500_000
        if at - START - number * 500_000 < 300_000:
            expected.append((at, str(number)))
    assert [(int(cells[0]), cells[1]) for cells in rows] == expected
    assert 20 < len(expected) < 40


def test_values_off_the_grid_are_refused(tmp_path: Path) -> None:
    def script(question: Any, answer: Any) -> Any:
        return type(answer)(200, answer.body.replace(str(START // 1000).encode(), str(START // 1000 + 1).encode()))

    with fake([Series({"__name__": "shop_level"}, ((START, "1"),))], script) as there:
        exporting = Exporting(tmp_path, Server(there.url), retry_for=0)
        message = exporting.failure(request(tmp_path, step_ms=HOUR))
    assert "not on the grid" in message
