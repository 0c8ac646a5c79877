"""The hooks under the real pre-commit, in a user's repository: a commit with stale outputs is refused."""

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.tooling.conftest import Run

pytestmark = pytest.mark.slow

SPEC = "specs/proxywhirl.yaml"
IDENTITY = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "A user",
    "GIT_AUTHOR_EMAIL": "user@example.com",
    "GIT_COMMITTER_NAME": "A user",
    "GIT_COMMITTER_EMAIL": "user@example.com",
}
CONFIG = """\
repos:
  - repo: {hooks}
    rev: {revision}
    hooks:
      - id: gaugewright-check
      - id: gaugewright-build-check
"""


@dataclass(frozen=True, slots=True)
class Repository:
    """A user's repository whose hooks are installed; `environment` holds the hooks' own installation."""

    folder: Path
    run: Run
    environment: dict[str, str]

    def command(self, *words: str | Path) -> str:
        """Run a command that must succeed; its output."""
        done = self.run(*words, cwd=self.folder, **self.environment)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def build(self) -> None:
        self.command(sys.executable, "-m", "gaugewright", "build", SPEC)

    def commit(self) -> tuple[bool, str]:
        """Commit everything: whether the hooks let it through, and what they said."""
        self.command("git", "add", "--all")
        done = self.run("git", "commit", "-m", "A change", cwd=self.folder, **self.environment)
        return done.returncode == 0, done.stdout

    def replace(self, name: str, old: str, new: str) -> None:
        text = (self.folder / name).read_text("utf-8")
        assert old in text
        (self.folder / name).write_text(text.replace(old, new), "utf-8")


@pytest.fixture(scope="module")
def published(checkout: Path, run: Run, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The checkout as a repository that publishes its hooks: where it is, and its revision."""
    folder = shutil.copytree(checkout, tmp_path_factory.mktemp("published") / "gaugewright")
    for words in (
        ["init", "--quiet"],
        ["add", "--all"],
        ["commit", "--quiet", "--no-verify", "-m", "Publish"],
    ):
        done = run("git", *words, cwd=folder, **IDENTITY)
        assert done.returncode == 0, done.stdout
    return {"hooks": str(folder), "revision": run("git", "rev-parse", "HEAD", cwd=folder).stdout.strip()}


@pytest.fixture(scope="module")
def hook_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pre-commit keeps what it installs: one installation serves this module's repositories."""
    return tmp_path_factory.mktemp("hook home")


@pytest.fixture
def repository(published: dict[str, str], hook_home: Path, checkout: Path, run: Run, tmp_path: Path) -> Repository:
    """A repository with the example, built and committed through the hooks."""
    user = Repository(tmp_path, run, {**IDENTITY, "PRE_COMMIT_HOME": str(hook_home)})
    (tmp_path / "specs").mkdir()
    shutil.copy(checkout / SPEC, tmp_path / "specs")
    (tmp_path / ".pre-commit-config.yaml").write_text(CONFIG.format(**published), "utf-8")
    user.command("git", "init", "--quiet")
    user.command(sys.executable, "-m", "pre_commit", "install")
    user.build()
    accepted, said = user.commit()
    assert accepted, said
    return user


def test_a_stale_output_is_refused_with_the_difference_until_it_is_built(repository: Repository) -> None:
    repository.replace(SPEC, "Requests sent through a proxy.", "Requests that left through a proxy.")
    accepted, said = repository.commit()
    assert not accepted
    difference = [line for line in said.splitlines() if "Requests that left through a proxy." in line]
    assert any(line.startswith("+") for line in difference), said

    repository.build()
    accepted, said = repository.commit()
    assert accepted, said


def test_an_output_that_the_commit_deletes_is_missed(repository: Repository) -> None:
    (repository.folder / "out/proxywhirl/openapi/metrics.yaml").unlink()
    accepted, said = repository.commit()
    assert not accepted
    assert "openapi/metrics.yaml" in said


def test_an_output_edited_by_hand_is_refused(repository: Repository) -> None:
    rules = repository.folder / "out/proxywhirl/prometheus/rules/alerts.yml"
    rules.write_text(rules.read_text("utf-8") + "# a remark\n", "utf-8")
    accepted, said = repository.commit()
    assert not accepted
    assert "# a remark" in said


def test_a_spec_with_an_error_is_refused_with_the_code(repository: Repository) -> None:
    repository.replace(SPEC, "metric_type: counter", "metric_type: cuonter")
    accepted, said = repository.commit()
    assert not accepted
    assert SPEC in said
    assert "counter" in said


def test_a_commit_that_touches_no_spec_passes(repository: Repository) -> None:
    (repository.folder / "README.md").write_text("# Ours\n", "utf-8")
    accepted, said = repository.commit()
    assert accepted, said
