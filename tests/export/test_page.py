"""The page on exports is true: what it shows runs, and it leaves out no option and no column."""

from __future__ import annotations

import contextlib
import inspect
import io
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner
from gaugewright.cli import cli
from gaugewright.export import batches
from gaugewright.export.arrow import Batches
from gaugewright.export.server import Server

from tests.export.exporting import START, asked
from tests.export.fake import Series, fake
from tests.test_docs import DOCS, blocks

PAGE = (DOCS / "exports.md").read_text("utf-8")
TARGET = {"instance": "a:8000", "job": "shop"}
STORED = [
    Series({"__name__": "shop_level", **TARGET, "route": route}, ((START + 123, "0.1"), (START + 15_123, "NaN"), *more))
    for route, more in (("home", ()), ("search", ((START + 30_123, "+Inf"),)))
]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GAUGEWRIGHT_STATE", str(tmp_path / "exports.db"))
    return tmp_path


def write_spec(folder: Path, url: str) -> None:
    (spec,) = blocks(PAGE, "yaml spec")
    assert "http://localhost:9090" in spec
    (folder / "shop.yaml").write_text(spec.replace("http://localhost:9090", url), "utf-8")


def test_the_commands_of_the_page_write_what_it_shows(shop: Path) -> None:
    with fake(STORED) as there:
        write_spec(shop, there.url)
        for command in blocks(PAGE, "sh run"):
            program, *arguments = shlex.split(command)
            assert program == "gaugewright"
            result = CliRunner().invoke(cli, arguments)
            assert result.exit_code == 0, result.output
    (shown,) = blocks(PAGE, "csv")
    assert (shop / "new-year.csv").read_text("utf-8") == shown
    assert (shop / "day.json").read_text("utf-8").count("\n") == 5


def test_the_python_of_the_page_runs(shop: Path) -> None:
    pytest.importorskip("pyarrow")
    (program,) = blocks(PAGE, "python run")
    printed = io.StringIO()
    with fake(STORED) as there, contextlib.redirect_stdout(printed):
        write_spec(shop, there.url)
        exec(compile(program.replace("http://localhost:9090", there.url), "page.py", "exec"), {})
    columns = ["timestamp", "value", "metric", "instance", "job", "route", "other_labels"]
    assert printed.getvalue().splitlines() == [f"2 {columns}", "3"]


def test_the_page_names_every_command_and_option() -> None:
    group = cli.get_command(None, "export")  # type: ignore[arg-type]
    options = {"--format"}
    for name, command in group.commands.items():  # type: ignore[union-attr]
        assert f"gaugewright export {name}" in PAGE
        options |= {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
    assert set(re.findall(r"--[a-z][a-z-]*", PAGE)) == options


def test_the_page_names_every_argument_and_field() -> None:
    section = PAGE.partition("## From Python")[2]
    for name in (*inspect.signature(batches).parameters, *inspect.signature(Server).parameters):
        assert f"`{name}`" in section or (name == "url" and "a URL" in section)


def test_the_page_has_the_types_of_arrow(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    schema = Batches(asked(tmp_path)).schema
    for name in ("timestamp", "value"):
        assert re.search(rf"^\| `{name}` \|.*`{re.escape(str(schema.field(name).type))}` \|$", PAGE, re.M)
    assert {str(schema.field(name).type) for name in ("metric", "instance", "route", "other_labels")} == {
        "dictionary<values=string, indices=int32, ordered=0>"
    }
