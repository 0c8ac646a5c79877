"""Targets that are built only when asked for: they stay up to date, and leave when their files are removed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from gaugewright.cli import cli
from gaugewright.emit import TARGETS, chosen

from tests.fragments import BASE

ASKED = [target for target in TARGETS if target.asked]


def build(spec: Path, *options: str) -> Result:
    result = CliRunner().invoke(cli, ["build", str(spec), "--out", str(spec.parent / "out"), *options])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "shop.yaml"
    path.write_text(BASE, "utf-8")
    return path


def outputs(spec: Path) -> dict[str, str]:
    """What the manifest lists, all of which is there."""
    folder = spec.parent / "out" / "shop"
    listed: dict[str, str] = json.loads((folder / "manifest.json").read_text())["outputs"]
    assert all((folder / path).is_file() for path in listed)
    return listed


def of(target: str, paths: dict[str, str]) -> set[str]:
    prefixes = next(item.paths for item in TARGETS if item.name == target)
    return {path for path in paths if path.startswith(prefixes)}


def test_a_build_makes_none_of_them_by_itself(spec: Path) -> None:
    assert build(spec).exit_code == 0
    assert not any(of(target.name, outputs(spec)) for target in ASKED)
    assert all(of(target.name, outputs(spec)) for target in chosen())


@pytest.mark.parametrize("target", [target.name for target in ASKED])
def test_one_that_was_asked_for_is_kept_up_to_date_by_every_build(target: str, spec: Path) -> None:
    build(spec)
    plain = outputs(spec)
    assert build(spec, "--only", target).exit_code == 0
    whole = outputs(spec)
    assert of(target, whole) == whole.keys() - plain.keys()
    assert build(spec, "--check").exit_code == 0

    spec.write_text(
        BASE.replace("threshold: 0.5", "threshold: 0.75").replace("interval_seconds: 15", "interval_seconds: 20")
    )
    checked = build(spec, "--check")
    assert checked.exit_code == 1
    (changed, *_) = (path for path in of(target, whole) if "rule" in path)
    assert f"{changed}: stale" in checked.output
    assert build(spec).exit_code == 0
    assert outputs(spec)[changed] != whole[changed]
    assert outputs(spec).keys() == whole.keys()
    assert build(spec, "--check").exit_code == 0


def test_several_are_built_together_and_leave_when_their_folders_do(spec: Path) -> None:
    names = [target.name for target in ASKED]
    build(spec)
    plain = outputs(spec)
    assert build(spec, *(word for name in names for word in ("--only", name))).exit_code == 0
    assert all(of(name, outputs(spec)) for name in names)
    shutil.rmtree(spec.parent / "out" / "shop" / "mimir")
    assert build(spec, "--check").exit_code == 1
    assert build(spec).exit_code == 0
    assert not of("mimir", outputs(spec))
    assert all(of(name, outputs(spec)) for name in names if name != "mimir")
    for name in names:
        shutil.rmtree(spec.parent / "out" / "shop" / name, ignore_errors=True)
    assert build(spec).exit_code == 0
    assert outputs(spec) == plain


def test_what_one_cannot_say_stops_every_build_of_it_and_writes_nothing(spec: Path) -> None:
    build(spec, "--only", "victoriametrics")
    build(spec)
    before = outputs(spec)
    spec.write_text(
        BASE.replace("summary: Many", 'summary: "%{HOME} many"\n    x_: Many').replace(
            "    x_: Many errors on {{ $labels.route }}\n", ""
        )
    )
    for options in ((), ("--check",), ("--only", "victoriametrics")):
        result = build(spec, *options)
        assert result.exit_code == 1
        assert "error[target-limit]" in result.output
    assert build(spec, "--only", "prometheus").exit_code == 0
    assert of("victoriametrics", outputs(spec)) == of("victoriametrics", before)
