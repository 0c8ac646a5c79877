"""The two commands on a clean clone, in a folder with spaces in its name; what they say without a Python."""

import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.tooling.conftest import ROOT, Run

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def clone(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shutil.copytree(checkout, tmp_path_factory.mktemp("make build") / "my checkout")


def test_make_alone_lists_every_command(clone: Path, run: Run) -> None:
    listed = re.findall(r"^make ([\w-]+) +\S", run("make", cwd=clone).stdout, re.MULTILINE)
    phony = re.search(r"^\.PHONY: (.*)$", (clone / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert phony is not None
    assert sorted(listed) == sorted(phony[1].split())


def test_make_build_compiles_the_specs_and_installs_once(clone: Path, run: Run) -> None:
    shutil.rmtree(clone / "out", ignore_errors=True)
    first = run("make", "build", f"PYTHON={sys.executable}", cwd=clone)
    assert first.returncode == 0, first.stdout
    compiled = {path.name for path in (clone / "out").iterdir()}
    assert compiled == {path.stem for path in (clone / "specs").glob("*.yaml")}

    second = run("make", "build", cwd=clone, PIP_FIND_LINKS="nowhere")
    assert second.returncode == 0, second.stdout
    assert "Installing" not in second.stdout

    (clone / "constraints/build.txt").touch()
    third = run("make", "build", cwd=clone)
    assert third.returncode == 0, third.stdout
    assert "Installing" in third.stdout


@pytest.mark.parametrize(
    ("refuses", "said"),
    [("version_info", "Python 3.11 or later"), ("ensurepip", "apt-get install python3-venv")],
    ids=["too-old", "no-ensurepip"],
)
def test_an_unfit_python_gets_the_next_step(refuses: str, said: str, run: Run, tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in ("pyproject.toml", "constraints/build.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    unfit = tmp_path / "unfit python"
    unfit.write_text(f'#!/bin/sh\ncase "$2" in *{refuses}*) exit 1;; esac\nexec "{sys.executable}" "$@"\n')
    unfit.chmod(0o755)
    done = run("make", "build", f"PYTHON={unfit}", cwd=tmp_path)
    assert done.returncode != 0
    assert said in done.stdout
    assert not (tmp_path / ".venv").exists()


def test_ci_runs_what_the_readme_names() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    called = re.search(r"^make test\b", (ROOT / ".ci/run").read_text("utf-8"), re.MULTILINE)
    assert called is not None
    assert re.search(r"^\s*make test$", readme, re.MULTILINE)
    assert re.search(r"^\s*make build$", readme, re.MULTILINE)


@pytest.mark.parametrize(
    ("make", "code", "last"),
    [
        ("echo '=== 2 passed in 0.1s ==='", 0, "=== 2 passed"),
        ("echo '=== 1 failed ==='; false", 2, "=== 1 failed"),
    ],
    ids=["green", "red"],
)
def test_ci_ends_with_pytests_line_and_keeps_the_exit_code(
    make: str, code: int, last: str, run: Run, tmp_path: Path
) -> None:
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci/run", tmp_path / ".ci")
    (tmp_path / "Makefile").write_text(f"test:\n\t@test $$CI = true\n\t@{make}\n")
    done = run("bash", ".ci/run", cwd=tmp_path)
    assert done.returncode == code, done.stdout
    assert done.stdout.splitlines()[-1].startswith(last)
