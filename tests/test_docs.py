"""The user's pages are true: their specs compile, and they leave out no field, command or option."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from gaugewright.cli import cli
from gaugewright.commands.check import check
from gaugewright.commands.schema import schema
from gaugewright.compile import compile_text
from gaugewright.emit import TARGETS, emit, python_module

DOCS = Path(__file__).parent.parent / "docs"
PAGES = sorted(path for path in DOCS.glob("*.md"))


def blocks(page: str, tag: str) -> list[str]:
    return re.findall(rf"^```{tag}\n(.*?)^```$", page, re.M | re.S)


def with_sections(whole: str, part: str) -> str:
    """The whole spec with the top-level sections of `part` in place of its own."""
    sections = {**sections_of(whole), **sections_of(part)}
    return "".join(sections.values())


def sections_of(spec: str) -> dict[str, str]:
    found = re.findall(r"^([a-z_]+):(.*(?:\n(?![a-z_]+:).*)*)", spec, re.M)
    return {key: f"{key}:{rest}\n" for key, rest in found}


def specs() -> list[Any]:
    """Every spec of every page; parts are put into the page's first whole one."""
    found = []
    for path in PAGES:
        page = path.read_text()
        whole = blocks(page, "yaml spec")
        for spec in whole:
            found.append(pytest.param(spec, id=f"{path.stem}-whole"))
        for part in blocks(page, "yaml part"):
            keys = "-".join(sections_of(part))
            found.append(pytest.param(with_sections(whole[0], part), id=f"{path.stem}-{keys}"))
    return found


@pytest.mark.parametrize("spec", specs())
def test_every_spec_of_the_pages_compiles(spec: str) -> None:
    compilation = compile_text(spec, "page.yaml")
    assert not compilation.has_errors, compilation.diagnostics


def test_the_spec_page_shows_every_section() -> None:
    page = (DOCS / "spec.md").read_text()
    shown = set().union(*(sections_of(part) for part in [*blocks(page, "yaml part"), *blocks(page, "yaml spec")]))
    assert shown == set(schema_of("")["properties"])


def schema_of(definition: str) -> dict[str, Any]:
    import json

    document: dict[str, Any] = json.loads(schema()[0])
    return document["$defs"][definition] if definition else document  # type: ignore[no-any-return]


def test_the_spec_page_has_every_field_with_its_default() -> None:
    page = (DOCS / "spec.md").read_text()
    tables = rows_of(page)
    for name, definition in {"": schema_of(""), **schema_of("")["$defs"]}.items():
        for field, rule in definition.get("properties", {}).items():
            assert f"`{field}`" in page or f"{field}:" in page, f"{name}.{field}"
            if isinstance(rule.get("default"), (bool, int, str)) and rule["default"] != "" and name in TABLES:
                row = next(row for row in tables[TABLES[name]] if f"`{field}`" in row[0])
                assert str(rule["default"]).lower().strip('"') in row[2].lower(), (name, row)


TABLES = {
    "ServiceSpec": "service",
    "MetricsConfigSpec": "metrics_config",
    "LabelSpec": "labels",
    "MetricSpec": "metrics",
    "ChannelSpec": "notification_channels",
    "AlertSpec": "alert_rules",
    "RoutingSpec": "routing",
    "ExportSpec": "historical_exports",
}
"""Where each entity's table stands."""


def rows_of(page: str) -> dict[str, list[list[str]]]:
    """The cells of each section's table rows."""
    parts = re.split(r"^## `(\w+)`$", page, flags=re.M)
    return {
        name: [
            [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            for line in text.splitlines()
            if line[:1] == "|"
        ]
        for name, text in zip(parts[1::2], parts[2::2], strict=True)
    }


def test_every_row_of_a_field_is_a_field() -> None:
    """A field that was renamed or removed must leave the page."""
    known = {
        field for part in [schema_of(""), *schema_of("")["$defs"].values()] for field in part.get("properties", {})
    }
    for section, rows in rows_of((DOCS / "spec.md").read_text()).items():
        named = {name for row in rows if len(row) == 4 for name in re.findall(r"`(\w+)`", row[0])}
        assert named <= known, section


def test_the_commands_page_has_every_command_and_option_and_no_other() -> None:
    page = (DOCS / "commands.md").read_text()
    parts = re.split(r"^## (\w+)$", page, flags=re.M)
    described = dict(zip(parts[1::2], parts[2::2], strict=True))
    assert set(described) == set(cli.commands)
    for name, command in cli.commands.items():
        options = {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
        assert set(re.findall(r"--[a-z]+", described[name])) - {"--check"} == options - {"--check"}, name


def test_the_findings_on_the_commands_page_are_what_a_typing_error_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first spec of the spec page, with one letter missing."""
    page = (DOCS / "commands.md").read_text()
    (spec, *_) = blocks((DOCS / "spec.md").read_text(), "yaml spec")
    monkeypatch.chdir(tmp_path)
    Path("specs").mkdir()
    Path("specs/shop.yaml").write_text(spec.replace("rate(shop_payments_total{", "rate(shop_payment_total{"))
    for tag, format in (("text", "text"), ("json", "json")):
        output, code = check(["specs/shop.yaml"], format)
        assert (blocks(page, tag), code) == ([output + "\n"], 1)


def test_the_commands_page_names_every_target() -> None:
    page = (DOCS / "commands.md").read_text()
    assert all(f"`{target.name}`" in page for target in TARGETS)


def test_the_outputs_page_has_every_output() -> None:
    page = (DOCS / "outputs.md").read_text()
    spec = (DOCS.parent / "specs" / "proxywhirl.yaml").read_text()
    model = compile_text(spec, "proxywhirl.yaml").model
    assert model is not None
    for path in emit(model):
        general = path.replace("proxywhirl-overview", "<slug>").replace("proxywhirl", "<service>")
        assert f"`{general}`" in page or f"`{Path(general).name}`" in page, path


def test_the_python_on_the_module_page_runs_and_is_typed(tmp_path: Path) -> None:
    page = (DOCS / "module.md").read_text()
    (spec,) = blocks(page, "yaml spec")
    model = compile_text(spec, "shop.yaml").model
    assert model is not None
    ((_, module),) = python_module.emit(model).items()
    (tmp_path / "shop_metrics.py").write_bytes(module)
    (tmp_path / "service.py").write_text("\n".join(blocks(page, "python run")))
    run = subprocess.run(
        [sys.executable, "-W", "error", "service.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert run.stdout.splitlines() == ["True", "counter ('method', 'bank')"], run.stderr
    command = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "service.py"]
    typed = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert typed.returncode == 0, typed.stdout


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_links_between_pages_lead_somewhere(path: Path) -> None:
    for target, anchor in re.findall(r"\]\(([^)#:]*)(?:#([^)]*))?\)", path.read_text()):
        other = path.parent / target if target else path
        assert other.exists(), target
        headings = re.findall(r"^#+ (.*)$", other.read_text(), re.M) if other.is_file() else []
        slugs = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
        assert not anchor or anchor in slugs, anchor
