"""A copy of the checkout to install from, and an installer that asks no network."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the repository, as a clone would have them, in a folder whose name has spaces."""
    copy = tmp_path_factory.mktemp("a clean clone") / "gauge wright"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    return copy


@pytest.fixture(scope="session")
def offline() -> dict[str, str]:
    """An environment in which pip installs the compiler from the wheels that `make test` collected."""
    wheels = Path(sys.prefix) / "wheels"
    if not any(wheels.glob("*.whl")):
        message = f"no wheels in {wheels}: run these tests with `make test`, which collects them"
        if os.environ.get("CI") == "true":
            pytest.fail(message, pytrace=False)
        pytest.skip(message)
    leaks = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "MAKEFLAGS", "MAKEOVERRIDES", "MAKELEVEL", "MFLAGS")
    kept = {k: v for k, v in os.environ.items() if k not in leaks and not k.startswith(("GIT_", "PIP_", "PRE_COMMIT"))}
    # As a URL, because pip splits the variable at spaces.
    return kept | {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": wheels.as_uri(), "PIP_CONFIG_FILE": os.devnull}


@pytest.fixture(scope="session")
def run(offline: dict[str, str]) -> Run:
    """Run a command without network and return it with its output, both streams in one; judge it yourself."""

    def _run(*command: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(word) for word in command],
            cwd=cwd,
            env=offline | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    return _run
