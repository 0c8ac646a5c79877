"""The programs that judge the outputs: promtool, amtool, Prometheus and Alertmanager, in two generations, and
VictoriaMetrics's vmalert and vmagent in one.

`python -m tests.verifiers` fetches what is not there yet: `current` is built by Go, `debian` is taken out of
Debian's packages (no root, nothing installed, no service started). A generation that cannot be had is no
error here: the tests that want it are skipped, or fail where CI=true, with the reason that is kept beside it.

    .verifiers/current/bin/{promtool,amtool,prometheus,alertmanager,vmalert,vmagent}
    .verifiers/debian/usr/bin/{promtool,amtool,prometheus,prometheus-alertmanager}

GAUGEWRIGHT_VERIFIERS names a folder of that shape that is ready; then nothing is fetched.
"""

import fcntl
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

PROGRAMS = ("promtool", "amtool", "prometheus", "alertmanager")
"""Those of both generations."""
CURRENT_ONLY = ("vmalert", "vmagent")

STEP_LIMIT = 1500  # seconds; a cold build of Prometheus takes about two minutes on two cores


@dataclass(frozen=True, slots=True)
class GoProgram:
    """A program that `go install` can build: the folder of its package, and the version of its module."""

    package: str
    version: str

    @property
    def name(self) -> str:
        return self.package.rsplit("/", 1)[1]

    @property
    def address(self) -> str:
        return f"{self.package}@{self.version}"


# The one table of current versions. Neighbours of one module and version are built by one call.
GO_PROGRAMS = (
    GoProgram("github.com/prometheus/alertmanager/cmd/amtool", "v0.34.2"),
    # The servers that came after this one embed a web page that only their own Makefile builds.
    GoProgram("github.com/prometheus/alertmanager/cmd/alertmanager", "v0.31.1"),
    GoProgram("github.com/prometheus/prometheus/cmd/prometheus", "v0.316.0"),  # Prometheus 3.16
    GoProgram("github.com/prometheus/prometheus/cmd/promtool", "v0.316.0"),
    GoProgram("github.com/VictoriaMetrics/VictoriaMetrics/app/vmalert", "v1.151.0"),
    GoProgram("github.com/VictoriaMetrics/VictoriaMetrics/app/vmagent", "v1.151.0"),
)
# Without the cloud providers' discovery the build takes a third of the time; static, file and HTTP remain.
GO_FLAGS = ("-trimpath", "-tags", "remove_all_sd", "-ldflags", "-s -w")

DEBIAN_PACKAGES = ("prometheus", "prometheus-alertmanager")
_DEBIAN_NAMES = {"alertmanager": "prometheus-alertmanager"}


class FetchError(Exception):
    """A step of a fetch failed; the text is the reason, in one line."""


def folder() -> Path:
    """Where the verifiers are, or will be."""
    ready = os.environ.get("GAUGEWRIGHT_VERIFIERS")
    return Path(ready).absolute() if ready else Path(__file__).resolve().parent.parent / ".verifiers"


def program(generation: str, name: str) -> Path | None:
    """The path of a verifier, or None where it is not there. Never fetches."""
    path = _GENERATIONS[generation].path(folder() / generation, name)
    return path if os.access(path, os.X_OK) else None


def missing(generation: str) -> list[str]:
    """The programs of a generation that are not there."""
    return [name for name in _GENERATIONS[generation].programs if program(generation, name) is None]


def why_missing(generation: str) -> str:
    """Why programs of a generation are not there: one line, with the next step."""
    if "GAUGEWRIGHT_VERIFIERS" in os.environ:
        return "the folder that GAUGEWRIGHT_VERIFIERS names does not hold them"
    try:
        return _reason_file(folder(), generation).read_text("utf-8").strip()
    except FileNotFoundError:
        return "not fetched yet: `make test` or `python -m tests.verifiers` does"


def excusable(generation: str, name: str) -> bool:
    """Whether a run with CI=true may do without: this machine has no way to this generation, and the other
    generation, where it has the program, judges in its place."""
    installer = _GENERATIONS[generation].installer
    judges = [other for other, has in _GENERATIONS.items() if other != generation and name in has.programs]
    return shutil.which(installer) is None and (not judges or any(program(other, name) for other in judges))


def fetch(root: Path) -> None:
    """Fetch into `root` what it lacks. Safe to call from several processes: one works, the others wait."""
    root.mkdir(parents=True, exist_ok=True)
    with _only_one(root):
        for generation in GENERATIONS:
            _fetch_generation(root, generation)


def _fetch_generation(root: Path, name: str) -> None:
    generation = _GENERATIONS[name]
    reason = _reason_file(root, name)
    try:
        if shutil.which(generation.installer) is None:
            raise FetchError(f"no {generation.installer} on this machine")
        generation.fetch(root / name)
        reason.unlink(missing_ok=True)
    except (FetchError, OSError) as error:
        reason.write_text(f"{error}\n", "utf-8")
        _say(f"{name}: NOT THERE: {error}")


def _fetch_current(root: Path) -> None:
    """Build what is stale; one module that cannot be built does not keep the others away."""
    failures: list[str] = []
    stale = [p for p in GO_PROGRAMS if not _is_fresh(root / "bin" / p.name, _stamp(root, p), _recipe(p))]
    for _, group in groupby(stale, key=lambda p: (p.package.rsplit("/", 1)[0], p.version)):
        try:
            _go_install(root, list(group))
        except FetchError as error:
            failures.append(str(error))
    if failures:
        raise FetchError("; ".join(failures))


def _go_install(root: Path, programs: Sequence[GoProgram]) -> None:
    """Build beside the final place and move: a build that was killed leaves no half program."""
    names = ", ".join(p.name for p in programs)
    _say(f"current: building {names} {programs[0].version} (minutes where Go's cache is cold)")
    (root / "bin").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root, prefix="go-") as scratch:
        # GOBIN is refused where a foreign GOOS or GOARCH is set, and a foreign program is of no use here.
        environment = {k: v for k, v in os.environ.items() if k not in ("GOOS", "GOARCH")} | {"GOBIN": scratch}
        _run(["go", "install", *GO_FLAGS, *(p.address for p in programs)], environment=environment)
        for p in programs:
            built = Path(scratch) / p.name
            _run([str(built), "--version"])
            os.replace(built, root / "bin" / p.name)
            _stamp(root, p).write_text(_recipe(p), "utf-8")


def _stamp(root: Path, p: GoProgram) -> Path:
    return root / f"{p.name}.stamp"


def _recipe(p: GoProgram) -> str:
    return f"{p.address} {' '.join(GO_FLAGS)}\n"


def _fetch_debian(root: Path) -> None:
    recipe = f"{_release()}: {' '.join(DEBIAN_PACKAGES)}\n"
    if all(_is_fresh(_debian_path(root, name), root / "stamp", recipe) for name in PROGRAMS):
        return
    _say(f"debian: fetching {', '.join(DEBIAN_PACKAGES)}")
    with tempfile.TemporaryDirectory(dir=root.parent, prefix="deb-") as scratch:
        _apt_download(Path(scratch))
        unpacked = Path(scratch) / "root"
        for package in sorted(Path(scratch).glob("*.deb")):
            _run(["dpkg-deb", "-x", str(package), str(unpacked)])
        for name in PROGRAMS:
            _run([str(_debian_path(unpacked, name)), "--version"])
        (unpacked / "stamp").write_text(recipe, "utf-8")
        shutil.rmtree(root, ignore_errors=True)
        os.replace(unpacked, root)


def _apt_download(scratch: Path) -> None:
    """Download with the machine's package lists; where these are absent or old, with fresh ones of our own,
    which takes no root and changes nothing on the machine."""
    download = ["apt-get", "download", *DEBIAN_PACKAGES]
    try:
        _run(download, cwd=scratch)
    except FetchError:
        _say("debian: the package lists are absent or old; reading fresh ones")
        own = _own_lists(scratch)
        _run(["apt-get", *own, "update"], cwd=scratch)
        _run(["apt-get", *own, *download[1:]], cwd=scratch)


def _own_lists(scratch: Path) -> list[str]:
    (scratch / "state/lists/partial").mkdir(parents=True)
    (scratch / "cache/archives/partial").mkdir(parents=True)
    settings = {
        "Dir::State": scratch / "state",
        "Dir::State::status": "/var/lib/dpkg/status",
        "Dir::Cache": scratch / "cache",
        "APT::Sandbox::User": "root",  # apt's own user may not enter our folder
    }
    return [word for key, value in settings.items() for word in ("-o", f"{key}={value}")]


def _release() -> str:
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return "unknown release"
    return f"{release['ID']} {release.get('VERSION_ID', '')}".strip()


def _debian_path(root: Path, name: str) -> Path:
    return root / "usr/bin" / _DEBIAN_NAMES.get(name, name)


def _current_path(root: Path, name: str) -> Path:
    return root / "bin" / name


@dataclass(frozen=True, slots=True)
class _Generation:
    """How a generation comes here: the program that it takes, what it holds, the fetch into its folder, the paths
    in it."""

    installer: str
    programs: tuple[str, ...]
    fetch: Callable[[Path], None]
    path: Callable[[Path, str], Path]


_GENERATIONS = {
    "current": _Generation("go", (*PROGRAMS, *CURRENT_ONLY), _fetch_current, _current_path),
    "debian": _Generation("apt-get", PROGRAMS, _fetch_debian, _debian_path),
}
GENERATIONS = tuple(_GENERATIONS)


def _is_fresh(path: Path, stamp: Path, recipe: str) -> bool:
    return os.access(path, os.X_OK) and stamp.is_file() and stamp.read_text("utf-8") == recipe


def _reason_file(root: Path, generation: str) -> Path:
    return root / f"{generation}.missing"


def _run(command: list[str], *, cwd: Path | None = None, environment: Mapping[str, str] | None = None) -> None:
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            errors="replace",
            timeout=STEP_LIMIT,
        )
    except subprocess.TimeoutExpired:
        raise FetchError(f"{_spoken(command)} took more than {STEP_LIMIT} s") from None
    if done.returncode != 0:
        raise FetchError(f"{_spoken(command)} failed: {_last_words(done.stdout)}")


def _spoken(command: Sequence[str]) -> str:
    """The program and its verb, without the paths and options that fill a line."""
    verbs = [word for word in command[1:] if word.isalpha()]
    return " ".join([Path(command[0]).name, *verbs[:1]])


def _last_words(output: str) -> str:
    lines = [line.strip() for line in output.splitlines()]
    told = [line for line in lines if line and not line.startswith(("go: downloading", "go: finding"))]
    return " | ".join(told[-3:]) or "it said nothing"


@contextmanager
def _only_one(root: Path) -> Iterator[None]:
    with (root / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("another process is fetching them; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _say(line: str) -> None:
    print(f"verifiers: {line}", flush=True)


def main() -> int:
    """Fetch and report. Always 0: what is missing is for the tests to skip or to fail."""
    if "GAUGEWRIGHT_VERIFIERS" not in os.environ:
        fetch(folder())
    for generation in GENERATIONS:
        lacking = missing(generation)
        _say(f"{generation}: {'lacks ' + ', '.join(lacking) if lacking else 'ready'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
