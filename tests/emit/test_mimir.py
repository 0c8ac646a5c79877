"""Mimir's files: the ruler's groups are Prometheus's, and its Alertmanager's configuration reads no file."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from gaugewright.compile import compile_text
from gaugewright.emit import alertmanager, mimir, prometheus
from gaugewright.model.model import Model
from gaugewright.model.receiver_table import RECEIVERS

from tests.fragments import spec_with
from tests.model import test_receivers

EXAMPLE = (Path(__file__).parents[2] / "specs" / "proxywhirl.yaml").read_text()
SECRET = "https://hooks.example.com/a'b\"c\\d$HOME`x`#y: z"
"""A secret that would end any quotes and be expanded by any shell."""


def model_of(text: str) -> Model:
    compilation = compile_text(text, "spec.yaml")
    assert compilation.model is not None, compilation.diagnostics
    return compilation.model


def written(model: Model, name: str) -> str:
    assert mimir.limits(model) == []
    return mimir.emit(model)[f"mimir/{name}"].decode()


def filled(text: str, folder: Path) -> str:
    """The configuration as the command at its top hands it over, run by a shell as it stands there."""
    lines = [line[4:] for line in text.splitlines() if line.startswith("#   ")]
    script = "\n".join(lines).replace("mimirtool alertmanager load", "cat")
    (folder / "alertmanager.yml").write_text(text)
    run = subprocess.run(["bash", "-euc", script], cwd=folder, capture_output=True, text=True, env=dict(os.environ))
    assert run.returncode == 0, run.stderr
    return run.stdout


needs_envsubst = pytest.mark.skipif(shutil.which("envsubst") is None, reason="no envsubst (gettext) on this machine")


@needs_envsubst
def test_alertmanager_takes_what_the_command_at_the_top_makes(amtool: Path, tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    for name in ("slack-ops-url", "pagerduty-oncall-key", "smtp-password"):
        (tmp_path / "secrets" / name).write_text(SECRET + "\n")
    text = filled(written(model_of(EXAMPLE), "alertmanager.yml"), tmp_path)
    (tmp_path / "filled.yml").write_text(text)
    checked = subprocess.run([amtool, "check-config", tmp_path / "filled.yml"], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    receivers = {receiver["name"]: receiver for receiver in yaml.safe_load(text)["receivers"]}
    assert receivers["slack-ops"]["slack_configs"][0]["api_url"] == SECRET
    assert receivers["email-team"]["email_configs"][0]["auth_password"] == SECRET


def test_but_for_secrets_it_is_alertmanagers_own_configuration() -> None:
    model = model_of(EXAMPLE)
    here = yaml.safe_load(written(model, "alertmanager.yml"))
    plain = yaml.safe_load(alertmanager.emit(model)["alertmanager/alertmanager.yml"])
    assert here.pop("receivers")[-1] == plain.pop("receivers")[-1]
    assert here == plain


@pytest.mark.parametrize("pick", range(4))
@pytest.mark.parametrize("kind", RECEIVERS)
def test_no_receiver_reads_a_file(kind: str, pick: int) -> None:
    settings: dict[str, Any] = test_receivers.example(kind, pick, newest=True)
    text = spec_with("notification_channels:\n  - " + json.dumps({"name": "ops", "type": kind, **settings}) + "\n")
    found = mimir.limits(model_of(text))
    assert {item.code for item in found} <= {"target-limit"}
    assert all("reads no files" in item.message for item in found)
    refused = {re.split("`", item.message)[1].rpartition(".")[2] for item in found}
    receivers = yaml.safe_load(mimir.emit(model_of(text))["mimir/alertmanager.yml"])["receivers"]
    assert set(file_fields(receivers)) <= refused


def file_fields(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [key for key in node if key.endswith("_file") or key == "files"]
        return own + [name for value in node.values() for name in file_fields(value)]
    return [name for value in node for name in file_fields(value)] if isinstance(node, list) else []


def test_two_secrets_of_one_variable_are_refused() -> None:
    channel = "type: slack, channel: '#x', api_url_file: f"
    text = spec_with(
        f"notification_channels: [{{name: ops, {channel}}}, {{name: a-b, {channel}}}, {{name: a.b, {channel}}}]"
    )
    text = text.replace("notification_channels: [ops]", "notification_channels: [ops, a-b, a.b]")
    [finding] = mimir.limits(model_of(text))
    assert "SECRET_A_B_API_URL" in finding.message


def test_the_groups_are_prometheuss_own_with_their_interval(promtool: Path, tmp_path: Path) -> None:
    model = model_of(EXAMPLE)
    loaded = yaml.safe_load(written(model, "rules.yml"))
    assert loaded.pop("namespace") == "proxywhirl"
    plain = prometheus.emit(model)
    wanted = [yaml.safe_load(plain[f"prometheus/rules/{name}.yml"])["groups"][0] for name in ("records", "alerts")]
    assert loaded["groups"] == [{**group, "interval": "15s"} for group in wanted]
    (tmp_path / "rules.yml").write_text(yaml.safe_dump(loaded))
    run = subprocess.run([promtool, "check", "rules", tmp_path / "rules.yml"], capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
