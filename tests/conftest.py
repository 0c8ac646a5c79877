"""What every test may ask for: the verifiers, a cache of its own, and how hard hypothesis tries."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests import verifiers

IN_CI = os.environ.get("CI") == "true"

# No deadline and no complaint about slow data: a busy machine must not decide a property. In CI the examples
# are the same on every run, so a red run can be repeated.
settings.register_profile("dev", max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("dev"), max_examples=200, derandomize=True)
settings.load_profile("ci" if IN_CI else "dev")


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The compiler's cache is the session's own: a user's is neither read nor written."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("GAUGEWRIGHT_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session", params=verifiers.GENERATIONS)
def promtool(request: pytest.FixtureRequest) -> Path:
    """promtool, once for each generation."""
    return _verifier(request.param, "promtool")


@pytest.fixture(scope="session", params=verifiers.GENERATIONS)
def amtool(request: pytest.FixtureRequest) -> Path:
    """amtool, once for each generation."""
    return _verifier(request.param, "amtool")


@pytest.fixture(scope="session")
def prometheus_server(request: pytest.FixtureRequest) -> Path:
    """The Prometheus program: the newest there is, or the generation of an indirect parameter."""
    return _verifier(_asked_generation(request, "prometheus"), "prometheus")


@pytest.fixture(scope="session")
def alertmanager_server(request: pytest.FixtureRequest) -> Path:
    """The Alertmanager program: the newest there is, or the generation of an indirect parameter."""
    return _verifier(_asked_generation(request, "alertmanager"), "alertmanager")


@pytest.fixture(scope="session")
def vmalert() -> Path:
    """VictoriaMetrics's evaluator of rules."""
    return _verifier("current", "vmalert")


@pytest.fixture(scope="session")
def vmagent() -> Path:
    """VictoriaMetrics's scraper."""
    return _verifier("current", "vmagent")


def _asked_generation(request: pytest.FixtureRequest, name: str) -> str:
    newest = next((g for g in verifiers.GENERATIONS if verifiers.program(g, name)), verifiers.GENERATIONS[0])
    return str(getattr(request, "param", newest))


def _verifier(generation: str, name: str) -> Path:
    path = verifiers.program(generation, name)
    if path is not None:
        return path
    message = f"no {name} ({generation}): {verifiers.why_missing(generation)}"
    if IN_CI and not verifiers.excusable(generation, name):
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly what did not judge this run."""
    absent = {generation: verifiers.missing(generation) for generation in verifiers.GENERATIONS}
    if not any(absent.values()):
        return
    terminalreporter.section("VERIFIERS ARE MISSING", sep="!", red=True, bold=True)
    for generation, names in absent.items():
        if names:
            terminalreporter.line(f"{generation}: {', '.join(names)}: {verifiers.why_missing(generation)}", red=True)
    terminalreporter.line("The tests that need them did not run.", red=True)
