"""A small run of the fuzzer, the same each time, and proof that it would notice what it looks for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from gaugewright.compile import compile_text
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz import mutations, properties, seeds, structure
from tests.fuzz.__main__ import run, write_findings
from tests.fuzz.cases import case
from tests.fuzz.dictionary import MARKER
from tests.fuzz.minimise import minimised
from tests.fuzz.pool import pool
from tests.fuzz.properties import NOW, Violation, examine
from tests.fuzz.report import Tally, summary
from tests.fuzz.structure import slots, written
from tests.fuzz.worker import Request

SEED = 20_260_115
CASES = 150


def test_no_case_of_a_small_run_breaks() -> None:
    tally = run(SEED, CASES, jobs=1)
    assert tally.cases == CASES
    assert tally.compiled > CASES // 12
    assert len(tally.codes) > 20
    assert tally.faults == {}


def test_the_same_seed_gives_the_same_cases() -> None:
    numbers = range(30)
    assert [case(1, number) for number in numbers] == [case(1, number) for number in numbers]
    assert [case(1, number) for number in numbers] != [case(2, number) for number in numbers]


def test_findings_and_outputs_do_not_hang_on_the_order_of_a_set() -> None:
    command = [sys.executable, "-m", "tests.fuzz.digest", str(SEED), "0", "50"]
    path = os.pathsep.join([str(seeds.ROOT), str(seeds.ROOT / "compiler")])
    runs = [
        subprocess.run(
            command,
            env=os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": path},
            cwd=seeds.ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2")
    ]
    assert runs[0] == runs[1]


@pytest.mark.parametrize("spec", seeds.honest(), ids=["example", "everything", "awkward", "base"])
def test_a_missing_value_gives_no_finding_twice(spec: str) -> None:
    for number, tree in enumerate(_without_one(spec)):
        found = compile_text(written_plainly(tree), "spec.yaml", NOW).diagnostics
        places = [(item.code, item.place) for item in found]
        assert len(places) == len(set(places)), (number, [f"{item.place}: {item.message}" for item in found])


def _without_one(spec: str) -> Iterator[Any]:
    for number in range(len(list(slots(seeds.tree(spec))))):
        tree = seeds.tree(spec)
        holder, key = list(slots(tree))[number]
        if len(holder) > 1:  # an item without any field lacks them all
            del holder[key]
            yield tree


def written_plainly(tree: Any) -> str:
    return yaml.dump(tree, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), sort_keys=False)


@given(st.randoms(use_true_random=False), st.integers(0, 3))
def test_whatever_is_drawn_holds(random: Any, spec: int) -> None:
    """Hypothesis in the place of chance: it keeps what failed, and makes it smaller."""
    text = seeds.honest()[spec]
    if random.random() < 0.5:
        tree = seeds.tree(text)
        random.choice(structure.MUTATIONS)(random, tree)
        text = written(random, tree)
    else:
        text = random.choice(mutations.MUTATIONS)(random, text)
    assert examine(text.encode("utf-8", "surrogatepass")).violations == ()


@given(st.binary(max_size=80), st.sampled_from(seeds.honest()), st.integers(0, 10_000))
def test_whatever_bytes_are_put_in_hold(piece: bytes, spec: str, at: int) -> None:
    content = spec.encode()
    at = min(at, len(content))
    assert examine(content[:at] + piece + content[at:]).violations == ()


# The fuzzer itself


def test_an_exception_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise KeyError("x")

    monkeypatch.setattr(properties, "compile_text", broken)
    [violation] = examine(b"gaugewright: 1").violations
    assert violation.kind.startswith("KeyError")


def test_a_secret_that_is_shown_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = properties.renderings
    monkeypatch.setattr(properties, "renderings", lambda compilation: honest(compilation) | {"text": MARKER})
    text = f"gaugewright: 1\nmetrics_config:\n  basic_auth_password: {MARKER}\n"
    assert "secret-shown text" in {violation.kind for violation in examine(text.encode()).violations}
    elsewhere = f"gaugewright: 1\nservice:\n  owner: {MARKER}\n"
    assert not [v for v in examine(elsewhere.encode()).violations if v.kind.startswith("secret")]


def test_a_worker_that_dies_is_a_fault_and_is_replaced() -> None:
    with pool(SEED, 1) as workers:
        [worker] = workers._workers
        assert worker.process.pid is not None
        os.kill(worker.process.pid, signal.SIGSTOP)  # so that it cannot have answered
        worker.ask(Request(0))
        worker.process.kill()
        assert worker.reply().violations == (Violation("died of SIGKILL"),)
        workers._replaced(worker)
        [after] = workers.replies([Request(1)])
        assert after.violations == ()


@given(st.lists(st.sampled_from([b"a\n", b"bb c\n", b"\n", b"x"]), max_size=12), st.integers(0, 12))
def test_the_smallest_text_still_breaks(parts: list[bytes], at: int) -> None:
    content = b"".join([*parts[:at], b"needle", *parts[at:]])
    assert minimised(content, lambda text: b"needle" in text) == b"needle"


def test_findings_are_written_with_the_seed(tmp_path: Path) -> None:
    tally = Tally(cases=1)
    tally.fault(3, Violation("refused by a test", "said so"))
    write_findings(tally, SEED, tmp_path)
    assert (tmp_path / "refused-by-a-test.yaml").read_bytes() == case(SEED, 3)
    assert f"seed {SEED}, case 3" in (tmp_path / "refused-by-a-test.txt").read_text("utf-8")
    assert "FAULT refused by a test: 1 cases (3)" in summary(tally, SEED, 1.0)
