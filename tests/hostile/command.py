"""The command line in a process of its own, with 500 MiB and its use of time and memory measured."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

SECONDS = 20.0
"""Of the processor: beyond, something hangs. Whether all stays below 2 s is for `make fuzz` to say."""
MEBIBYTES = 500

# Memory is what the address space grew to (VmHWM belongs to this program alone; ru_maxrss would count the
# process that started it, too). The limits keep a failing test from taking the machine down.
_LAUNCHER = """
import atexit, os, resource, sys, time
def told():
    try:
        with open("/proc/self/status") as status:
            peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with open(os.environ["MEASURED"], "w") as file:
        print(time.process_time(), peak / 1024, file=file)
atexit.register(told)
resource.setrlimit(resource.RLIMIT_CPU, (40, resource.getrlimit(resource.RLIMIT_CPU)[1]))
resource.setrlimit(resource.RLIMIT_AS, (2 * 1024 ** 3, resource.getrlimit(resource.RLIMIT_AS)[1]))
from gaugewright.cli import main
sys.argv[0] = "gaugewright"
main()
"""


@dataclass(frozen=True, slots=True)
class Run:
    """How a command ended: what it printed, seconds of the processor, and the most memory in MiB."""

    code: int
    out: str
    err: str
    seconds: float
    peak: float


def gaugewright(folder: Path, *arguments: str, seconds: float = SECONDS) -> Run:
    """Runs a command in `folder`; whatever it is given it keeps within the limits and shows no traceback."""
    measured = folder / ".measured"
    environment = os.environ | {
        "MEASURED": str(measured),
        "PYTHONPATH": str(ROOT / "compiler"),
        "PYTHONIOENCODING": "utf-8",
    }
    command = [sys.executable, "-c", _LAUNCHER, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=600)
    assert done.returncode >= 0, f"ended by signal {-done.returncode}"
    used, peak = map(float, measured.read_text("ascii").split())
    run = Run(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"), used, peak)
    assert "Traceback (most recent call last)" not in run.out + run.err
    assert "internal error" not in run.err
    assert run.seconds < seconds, f"{run.seconds:.1f} s of the processor"
    assert run.peak < MEBIBYTES, f"{run.peak:.0f} MiB"
    return run


def checked(folder: Path, content: str | bytes) -> Run:
    """`check` of a spec with this content."""
    (folder / "spec.yaml").write_bytes(_bytes(content))
    return gaugewright(folder, "check", "spec.yaml")


def checked_together(folder: Path, contents: Mapping[str, str | bytes]) -> dict[str, list[dict[str, Any]]]:
    """The findings of each content, by its name. One process reads them all, so that starting it is paid
    once; none may take more than its share and what one alone might."""
    for name, content in contents.items():
        (folder / f"{name}.yaml").write_bytes(_bytes(content))
    files = [f"{name}.yaml" for name in contents]
    run = gaugewright(folder, "check", "--format", "json", *files, seconds=SECONDS + 0.1 * len(files))
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in contents}
    for item in json.loads(run.out)["diagnostics"]:
        found[item["file"].removesuffix(".yaml")].append(item)
    return found


def _bytes(content: str | bytes) -> bytes:
    return content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
