"""METRICS.md and QUICKSTART.md: whatever the spec says stays text, and what the pages say is true."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from gaugewright.compile import compile_text
from gaugewright.emit import docs, emit
from gaugewright.model.model import Model
from hypothesis import given
from hypothesis import strategies as st
from markdown_it.token import Token

from tests.emit.commonmark import inline_tokens, parsed, visible_texts

EVERYTHING = Path(__file__).with_name("everything.yaml")


@cache
def everything() -> Model:
    return model_of(EVERYTHING.read_text())


def model_of(text: str) -> Model:
    compilation = compile_text(text, "everything.yaml")
    assert compilation.model is not None, compilation.diagnostics
    return compilation.model


FREE_TEXT = {
    *("description", "owner", "since", "reason", "summary", "title", "unit", "requested_by"),
    *("output_path", "legend", "text", "values"),
}
"""Fields of the model in which a user may write anything."""

FREE_MAPS = frozenset(["annotations", "filters"])


def worded(value: Any, words: Iterator[str], name: str = "") -> Any:
    """The model with its free texts replaced. Numbers, names and structure stay."""
    if isinstance(value, str):
        return next(words) if name in FREE_TEXT and value else value
    if isinstance(value, tuple):
        return tuple(worded(item, words, name) for item in value)
    if isinstance(value, Mapping):
        return {key: next(words) if name in FREE_MAPS else worded(item, words, "") for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type) and type(value).__module__.startswith("gaugewright.model"):
        changes = {
            item.name: worded(getattr(value, item.name), words, item.name)
            for item in fields(value)
            if item.name != "source"
        }
        return replace(value, **changes)
    return value


def outline(page: str) -> list[str]:
    """The page's structure: everything but its texts. A code span in HTML counts as a code span."""
    found: list[str] = []
    for block in parsed(page):
        if block.type == "inline":
            kinds = [kind(token) for token in block.children or [] if token.type != "text"]
            found += "\n".join(kinds).replace("<code>\n</code>", "code_inline").split("\n")
        else:
            found.append(f"{block.type} {block.info if block.type == 'fence' else ''}")
    return found


def kind(token: Token) -> str:
    if token.type == "html_inline":
        return token.content
    return f"{token.type} {token.attrs['href']}" if token.type == "link_open" else token.type


@given(st.data())
def test_no_text_of_a_spec_changes_the_structure_of_a_page(data: st.DataObject) -> None:
    benign = worded(everything(), iter(lambda: "word", None))
    draw = data.draw
    texts = draw(st.lists(visible_texts, min_size=1, max_size=20))
    position = iter(range(10**6))
    hostile = worded(everything(), (texts[index % len(texts)] for index in position))
    hostile = replace(hostile, spec_name=draw(visible_texts))
    plain, attacked = docs.emit(benign), docs.emit(hostile)
    assert outline(attacked["docs/METRICS.md"].decode()) == outline(plain["docs/METRICS.md"].decode())
    assert outline(attacked["docs/QUICKSTART.md"].decode()) == outline(plain["docs/QUICKSTART.md"].decode())


def test_hostile_texts_reach_the_page() -> None:
    """Without this, a page that shows nothing would pass."""
    hostile = worded(everything(), iter(lambda: "<script>|`x", None))
    page = docs.emit(hostile)["docs/METRICS.md"].decode()
    shown = "\n".join(token.content for token in inline_tokens(page) if token.type in {"text", "code_inline"})
    assert shown.count("<script>|`x") > 60
    assert "<script" not in "".join(token.content for token in inline_tokens(page) if token.type == "html_inline")


def test_a_name_with_lines_of_its_own_stays_in_its_block() -> None:
    fences = "a\n```\n\n<script>\n\n````\n# b"
    model = everything()
    config = replace(model.config, basic_auth_username=fences, password_file=fences)
    service = replace(model.service, prometheus_url=f"http://localhost:9090/{fences}")
    plain = docs.emit(model)["docs/QUICKSTART.md"].decode()
    attacked = docs.emit(replace(model, config=config, service=service, spec_name=fences))[
        "docs/QUICKSTART.md"
    ].decode()
    assert outline(attacked) == outline(plain)


def pages() -> dict[str, str]:
    return {path: content.decode() for path, content in docs.emit(everything()).items()}


def test_pages_are_the_same_every_time_and_begin_and_end_as_outputs_do() -> None:
    assert docs.emit(everything()) == docs.emit(model_of(EVERYTHING.read_text()))
    for page in pages().values():
        assert page.startswith("<!-- Generated by gaugewright from everything.yaml; do not edit. -->\n\n# ")
        assert page.endswith("\n")
        assert not page.endswith("\n\n")
        assert "\n\n\n" not in page
        assert not re.search(r"[ \t]$", page, re.MULTILINE)


def test_every_link_within_a_page_leads_somewhere() -> None:
    for path, page in pages().items():
        headings = {
            re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in re.findall(r"^#+ (.*)$", page, re.M)
        }
        there = set(re.findall(r'<a id="([^"]+)"></a>', page)) | headings
        assert set(re.findall(r"\]\(#([^)]+)\)", page)) <= there, path


def section(page: str, anchor: str) -> str:
    """A page's part from an anchor to the next."""
    return page.split(f'<a id="{anchor}"></a>')[1].split("<a id=")[0].split("\n## ")[0]


def test_a_metric_names_all_that_reads_it() -> None:
    text = section(pages()["docs/METRICS.md"], "metric-depot_parcels_total")
    for name in ("rule-door:depot_parcels:rate5m", "dashboard-depot-doors", "export-parcels"):
        assert f"(#{name})" in text
    assert "(#alert-depot_flooded)" in section(pages()["docs/METRICS.md"], "rule-door:depot_parcels:rate5m")


def test_an_alert_says_when_it_is_muted_and_whom_it_tells() -> None:
    page = pages()["docs/METRICS.md"]
    slow, flooded = section(page, "alert-depot_slow_handover"), section(page, "alert-depot_flooded")
    times = "Monday to Friday 23:00-24:00; Tuesday to Saturday 00:00-01:00"
    assert f"Muted {times} (`0 23 * * 1-5`, `Europe/Berlin`)" in slow
    assert "Tells `oncall`\n" in slow
    assert "Muted while `depot_maintenance_mode` is 1" in flooded
    assert "for 5m, and for 10m after it ends" in flooded


def test_counts_are_those_of_the_model() -> None:
    model, page = everything(), pages()["docs/METRICS.md"]
    assert f"{model.combinations} of at most 1000 label combinations" in page
    row = next(line for line in page.splitlines() if line.startswith("| [`depot_handover_duration_seconds`]"))
    assert row.endswith("| 14 |")


def test_example_queries_are_queries_of_series_that_exist(promtool: Path, tmp_path: Path) -> None:
    model = everything()
    queries = [query for metric in model.metrics for _, query in docs.example_queries(metric, docs.rate_window(model))]
    assert len(queries) > len(model.metrics)
    for query in queries:
        named = set(re.findall(r"depot_\w+", query))
        assert named
        assert named <= set(model.series)
    rules = [{"record": f"level:example:n{number}", "expr": query} for number, query in enumerate(queries)]
    file = tmp_path / "rules.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "examples", "rules": rules}]}))
    subprocess.run([promtool, "check", "rules", file], check=True, capture_output=True)


@pytest.mark.parametrize(("seconds", "window"), [(1, "5m"), (60, "5m"), (77, "308s"), (300, "20m"), (3600, "4h")])
def test_a_rate_window_holds_four_scrapes(seconds: int, window: str) -> None:
    model = everything()
    config = replace(model.config, scrape_interval_seconds=seconds)
    assert docs.rate_window(replace(model, config=config)) == window


# QUICKSTART.md: its commands run.


def blocks(language: str) -> list[str]:
    page = docs.emit(everything())["docs/QUICKSTART.md"].decode()
    return [token.content for token in parsed(page) if token.type == "fence" and token.info == language]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with the outputs, as a build leaves it."""
    for path, content in emit(everything()).items():
        file = tmp_path / "out" / "depot" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return tmp_path


def run(script: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-eu", "-c", script],
        cwd=folder,
        env={**os.environ, **environment},
        text=True,
        capture_output=True,
        check=False,
    )


def secret_script() -> str:
    (script,) = (block for block in blocks("sh") if "chmod 600" in block)
    return script


def test_the_secrets_end_up_where_the_servers_look_and_are_readable_by_nobody_else(project: Path) -> None:
    done = run(
        secret_script(),
        project,
        DEPOT_METRICS_PASSWORD="pass word",
        DEPOT_SLACK_URL="https://hooks.example.com/$x",
    )
    assert done.returncode == 0, done.stderr
    prometheus = yaml.safe_load((project / "out/depot/prometheus/prometheus.yml").read_text())
    password_file = prometheus["scrape_configs"][0]["basic_auth"]["password_file"]
    assert (project / "out/depot/prometheus" / password_file).read_text() == "pass word"
    receivers = yaml.safe_load((project / "out/depot/alertmanager/alertmanager.yml").read_text())["receivers"]
    slack = next(receiver for receiver in receivers if receiver["name"] == "chat")["slack_configs"][0]
    assert (project / slack["api_url_file"]).read_text() == "https://hooks.example.com/$x"
    assert (project / "secrets/oncall-key").read_text() == ""
    made = [path for path in project.rglob("secrets/*") if path.is_file()]
    assert len(made) == 3
    assert {path.stat().st_mode & 0o777 for path in made} == {0o600}


def test_a_variable_that_is_not_set_writes_no_empty_secret(project: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DEPOT_")}
    done = subprocess.run(
        ["bash", "-c", secret_script()], cwd=project, env=environment, capture_output=True, check=False
    )
    assert b"DEPOT_METRICS_PASSWORD" in done.stderr
    assert not (project / "out/depot/prometheus/secrets/metrics-password").exists()


def test_secrets_written_by_hand_survive_a_second_run(project: Path) -> None:
    variables = {"DEPOT_METRICS_PASSWORD": "p", "DEPOT_SLACK_URL": "s"}
    run(secret_script(), project, **variables)
    (project / "secrets/oncall-key").write_text("mine")
    assert run(secret_script(), project, **variables).returncode == 0
    assert (project / "secrets/oncall-key").read_text() == "mine"


def test_every_shell_block_is_shell() -> None:
    found = blocks("sh")
    assert len(found) > 8
    for block in found:
        subprocess.run(["bash", "-n", "-c", block], check=True, capture_output=True)


def test_the_checks_pass_on_the_outputs(project: Path, promtool: Path, amtool: Path) -> None:
    programs = project / "programs"
    programs.mkdir()
    (programs / "promtool").symlink_to(promtool)
    (programs / "amtool").symlink_to(amtool)
    run(secret_script(), project, DEPOT_METRICS_PASSWORD="p", DEPOT_SLACK_URL="s")
    checks = [block for block in blocks("sh") if block.startswith("promtool ")]
    assert len(checks) == 2
    for check in checks:
        done = run(check, project, PATH=f"{programs}:{os.environ['PATH']}")
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_containers_mount_nothing_that_a_build_replaces(project: Path) -> None:
    (compose,) = (yaml.safe_load(block) for block in blocks("yaml"))
    assert set(compose["services"]) == {"prometheus", "alertmanager", "grafana"}
    for service in compose["services"].values():
        sources = {volume.split(":")[0] for volume in service["volumes"]}
        assert all(source == "." or source.startswith("./data/") for source in sources)
        inside = [text.split("=")[-1] for text in service.get("command", ())] + list(
            service.get("environment", {}).values()
        )
        for path in (text for text in inside if text.startswith("/srv/")):
            assert (project / path.removeprefix("/srv/")).exists(), path


def test_grafana_is_shown_its_dashboards_where_it_looks_for_them(project: Path) -> None:
    (provider,) = yaml.safe_load(next((project / "out/depot/grafana/provisioning/dashboards").iterdir()).read_text())[
        "providers"
    ]
    assert f'/out/depot/grafana/dashboards" {provider["options"]["path"]}\n' in "".join(blocks("sh"))


def test_the_python_of_the_page_runs_against_the_module(project: Path) -> None:
    code = "\n".join(block.replace("metrics.serve()", "") for block in blocks("python"))
    script = f"import time\n{code}\nprint(metrics.wsgi_app() is not None)\n"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        env={**os.environ, "PYTHONPATH": "out/depot/python", "DEPOT_METRICS_PASSWORD": "long enough"},
        cwd=project, text=True, capture_output=True, check=False,
    )  # fmt: skip
    assert (done.stdout, done.returncode) == ("True\n", 0), done.stderr
