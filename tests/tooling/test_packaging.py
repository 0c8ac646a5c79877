"""A checkout, an editable install and a wheel find their templates and compile to the same bytes."""

import shutil
import sys
import venv
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.tooling.conftest import Run

pytestmark = pytest.mark.slow

SPEC = "specs/proxywhirl.yaml"
Tree = dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Way:
    """One way to have the compiler: a Python that imports it, and where its templates then are."""

    python: Path
    templates: Path
    environment: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module")
def source(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shutil.copytree(checkout, tmp_path_factory.mktemp("packaging") / "source")


@pytest.fixture(scope="module")
def wheel(source: Path, run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _distribution(source, "--wheel", run, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module", params=["checkout", "editable", "wheel"])
def way(request: pytest.FixtureRequest, source: Path, run: Run, tmp_path_factory: pytest.TempPathFactory) -> Way:
    if request.param == "checkout":
        return Way(Path(sys.executable), source / "templates", {"PYTHONPATH": str(source / "compiler")})
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "editable":
        return Way(_installed(folder, ["--editable", str(source)], run), source / "templates")
    python = _installed(folder, [str(request.getfixturevalue("wheel"))], run)
    (packages,) = folder.glob("lib/python*/site-packages")
    return Way(python, packages / "gaugewright/templates")


@pytest.fixture(scope="module")
def expected(source: Path, run: Run, tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """The example's outputs, compiled from the checkout."""
    way = Way(Path(sys.executable), source / "templates", {"PYTHONPATH": str(source / "compiler")})
    return _compiled(way, source, run, tmp_path_factory.mktemp("expected"))


def test_the_templates_are_found(way: Way, run: Run, tmp_path: Path) -> None:
    ask = "from gaugewright.emit import templates; print(templates.folder())"
    said = run(way.python, "-c", ask, cwd=tmp_path, **way.environment)
    assert said.returncode == 0, said.stdout
    assert Path(said.stdout.strip()).resolve() == way.templates.resolve()


def test_the_example_compiles_to_the_same_bytes(
    way: Way, source: Path, expected: Tree, run: Run, tmp_path: Path
) -> None:
    assert _compiled(way, source, run, tmp_path) == expected


def test_the_wheel_holds_every_template_and_every_page(source: Path, wheel: Path) -> None:
    packed = _packed(wheel)
    for folder, inside in (("templates", "templates"), ("docs/diagnostics", "pages")):
        files = [path for path in (source / folder).rglob("*") if path.is_file()]
        assert files, f"no files in {folder}"
        for path in files:
            name = f"gaugewright/{inside}/{path.relative_to(source / folder).as_posix()}"
            assert packed.get(name) == path.read_bytes(), name


def test_the_sdist_builds_the_same_wheel(source: Path, wheel: Path, run: Run, tmp_path: Path) -> None:
    sdist = _distribution(source, "--sdist", run, tmp_path)
    shutil.unpack_archive(sdist, tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    assert _packed(_distribution(unpacked, "--wheel", run, tmp_path / "wheel")) == _packed(wheel)


def _distribution(source: Path, kind: str, run: Run, folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    done = run(sys.executable, "-m", "build", "--no-isolation", kind, "--outdir", folder, source, cwd=folder)
    assert done.returncode == 0, done.stdout
    (result,) = (path for path in folder.iterdir() if path.suffix in (".whl", ".gz"))
    return result


def _installed(folder: Path, what: list[str], run: Run) -> Path:
    """The Python of a fresh environment that has the package, its declared dependencies and nothing else."""
    venv.create(folder, with_pip=False)
    python = folder / "bin/python"
    done = run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", *what, cwd=folder)
    assert done.returncode == 0, done.stdout
    return python


def _compiled(way: Way, source: Path, run: Run, folder: Path) -> Tree:
    """What the example compiles to in a folder that holds nothing else."""
    (folder / "specs").mkdir()
    shutil.copy(source / SPEC, folder / "specs")
    done = run(way.python, "-m", "gaugewright", "build", SPEC, cwd=folder, **way.environment)
    assert done.returncode == 0, done.stdout
    out = folder / "out"
    files = {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert "proxywhirl/manifest.json" in files
    return files


def _packed(wheel: Path) -> Tree:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
