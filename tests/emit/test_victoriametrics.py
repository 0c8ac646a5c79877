"""VictoriaMetrics's files: its own programs take them, and they say what Prometheus's say."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml
from gaugewright.compile import compile_text
from gaugewright.emit import prometheus, victoriametrics
from gaugewright.model.model import Model

from tests.emit.test_routes import generated
from tests.fragments import spec_with

EXAMPLE = (Path(__file__).parents[2] / "specs" / "proxywhirl.yaml").read_text()
EVERYTHING = (Path(__file__).parent / "everything.yaml").read_text()


def model_of(text: str) -> Model:
    compilation = compile_text(text, "spec.yaml")
    assert compilation.model is not None, compilation.diagnostics
    return compilation.model


def written(model: Model, folder: Path) -> Path:
    assert victoriametrics.limits(model) == []
    for path, content in victoriametrics.emit(model).items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_bytes(content)
    return folder / "victoriametrics"


@pytest.mark.parametrize(
    "text", [EXAMPLE, EVERYTHING, yaml.safe_dump(generated(5, 20, 4))], ids=["example", "all", "made"]
)
def test_vmalert_takes_the_rules(vmalert: Path, tmp_path: Path, text: str) -> None:
    rules = written(model_of(text), tmp_path) / "rules.yml"
    run = subprocess.run([vmalert, f"-rule={rules}", "-dryRun"], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("text", [EXAMPLE, EVERYTHING], ids=["example", "all"])
def test_vmagent_takes_the_scrape_configuration_and_knows_every_field(vmagent: Path, tmp_path: Path, text: str) -> None:
    scrape = written(model_of(text), tmp_path) / "scrape.yml"
    command = [vmagent, f"-promscrape.config={scrape}", "-promscrape.config.strictParse", "-dryRun"]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


def test_the_rules_are_prometheuss_own_with_their_interval() -> None:
    model = model_of(EXAMPLE)
    groups = yaml.safe_load(victoriametrics.emit(model)["victoriametrics/rules.yml"])["groups"]
    plain = prometheus.emit(model)
    wanted = [yaml.safe_load(plain[f"prometheus/rules/{name}.yml"])["groups"][0] for name in ("records", "alerts")]
    assert groups == [{**group, "interval": "15s"} for group in wanted]


VARIABLE = """\
alert_rules:
  - name: shop_many_errors
    query: sum by (route) (rate(shop_requests_total{status="error"}[5m]))
    threshold: 0.5
    comparison: greater_than
    severity: warning
    summary: 100%{{ $labels.route }} of %{HOME} and %{PATH}
    description: "{{ $value }} errors a second on {{ $labels.route }}."
    annotations: {where: "%{USER}"}
    notification_channels: [ops]
"""


def test_what_it_takes_for_an_environment_variable_is_found_at_its_place() -> None:
    found = victoriametrics.limits(model_of(spec_with(VARIABLE)))
    lines = spec_with(VARIABLE).splitlines()
    shown = [lines[item.place.line - 1][item.place.column - 1 : item.place.end_column - 1] for item in found]
    assert shown == ["%{HOME}", "%{PATH}", "%{USER}"]


def test_vmalert_does_take_them_for_variables(vmalert: Path, tmp_path: Path) -> None:
    """Otherwise the finding above would be one too many."""
    model = model_of(spec_with(VARIABLE))
    rules = tmp_path / "rules.yml"
    rules.write_bytes(victoriametrics.emit(model)["victoriametrics/rules.yml"])
    run = subprocess.run([vmalert, f"-rule={rules}", "-dryRun"], capture_output=True, text=True, env={"HOME": '"'})
    assert run.returncode != 0
    run = subprocess.run([vmalert, f"-rule={rules}", "-dryRun"], capture_output=True, text=True, env={})
    assert run.returncode == 0, run.stderr
