"""`build`: specs to outputs; `--check`: whether the outputs are what a build would write.

A build with nothing to do must cost next to nothing, since it runs in a pre-commit hook: what an
earlier build found is remembered (`output/cache.py`) under a key of everything that it depended on,
and then only the files themselves are compared. Heavy imports happen behind that.
"""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache as cache_in_process
from pathlib import Path
from typing import TYPE_CHECKING

from gaugewright import __version__
from gaugewright.commands.collection import without_collection
from gaugewright.commands.specs import SpecFile, Unreadable, read_spec_file, spec_paths, unreadable
from gaugewright.output import cache
from gaugewright.output.intact import is_intact

if TYPE_CHECKING:
    from gaugewright.compile import Compilation
    from gaugewright.output.commit import Report
    from gaugewright.output.manifest import Origin


@dataclass(frozen=True, slots=True)
class Options:
    """`only` names targets; none means those that need not be asked for, and those that were."""

    out: str
    only: tuple[str, ...] = ()
    check: bool = False
    force: bool = False


@dataclass(frozen=True, slots=True)
class Built:
    """One spec's outputs, compiled and not yet written."""

    spec: SpecFile
    service: str
    files: dict[str, bytes]
    origin: Origin
    has_findings: bool


def build(arguments: Sequence[str], options: Options) -> int:
    """Builds or checks; prints; gives the exit code (0 fine, 1 findings or stale, 2 unreadable)."""
    try:
        specs = [read_spec_file(path) for path in spec_paths(arguments, allow_none=os.path.isdir(options.out))]
        if not specs and not _left_over(options):
            spec_paths(arguments)  # says which folder holds no spec
    except Unreadable as error:
        return _fail([unreadable(error)], 2)
    if specs and _have_nothing_to_do(specs, options):
        if not options.check:
            _say(f"{_specs(len(specs))}: up to date")
        return 0
    with without_collection():
        return _build(specs, options)


def _left_over(options: Options) -> bool:
    from gaugewright.output.services import leftover_services

    return bool(leftover_services(Path(options.out), []))


def _specs(count: int) -> str:
    return "1 spec" if count == 1 else f"{count} specs"


def _build(specs: list[SpecFile], options: Options) -> int:
    from gaugewright.commands.targets import limited, wanted_targets
    from gaugewright.commands.template_cache import keep_compiled_templates
    from gaugewright.compile import compile_text

    compilations = [compile_text(spec.content, spec.path) for spec in specs]
    keep_compiled_templates()
    if any(compilation.has_errors for compilation in compilations):
        return _fail(compilations, 1)
    wanted = [wanted_targets(compilation, options.out, options.only) for compilation in compilations]
    compilations = [limited(compilation, only) for compilation, only in zip(compilations, wanted, strict=True)]
    if any(compilation.has_errors for compilation in compilations):
        return _fail(compilations, 1)
    _show_findings(compilations)
    built = [_emit(*item, options) for item in zip(specs, compilations, wanted, strict=True)]
    shared = _shared_service(built)
    if shared:
        _complain(shared)
        return 1
    from gaugewright.output.errors import OutputError

    try:
        return _check_outputs(built, options) if options.check else _write(built, options)
    except OutputError as error:
        _complain(f"error: {error.message}")
        return 1


def _emit(spec: SpecFile, compilation: Compilation, only: tuple[str, ...], options: Options) -> Built:
    from gaugewright.commands.emitting import emit_all
    from gaugewright.output.manifest import origin

    model = compilation.model
    assert model is not None
    files = emit_all(model, only)
    made = origin(__version__, Path(spec.path), spec.content, Path(options.out))
    return Built(spec, model.service.name, files, made, bool(compilation.diagnostics))


def _shared_service(built: list[Built]) -> str:
    first: dict[str, str] = {}
    for item in built:
        if item.service in first:
            return (
                f"error: {first[item.service]} and {item.spec.path} both describe the service "
                f"`{item.service}`, so each would overwrite the other's outputs"
            )
        first[item.service] = item.spec.path
    return ""


def _write(built: list[Built], options: Options) -> int:
    from gaugewright.commands.targets import keeper
    from gaugewright.output.commit import commit
    from gaugewright.output.services import leftover_services, remove_service

    out = Path(options.out)
    for item in built:
        report = commit(
            out,
            item.service,
            item.files,
            item.origin,
            keep=keeper(options.only),
            force=options.force,
            waiting=_waiting,
        )
        _say(_reported(out / item.service, item, report))
        _remember(item, options)
    for left in leftover_services(out, [(item.origin, item.service) for item in built]):
        remove_service(out, left.service, force=options.force, waiting=_waiting)
        _say(f"{out / left.service}: removed, since {left.reason}")
        if (out / left.service).is_dir():
            _say(f"{out / left.service}: what gaugewright did not write is still there (secrets?)")
    return 0


def _reported(folder: Path, item: Built, report: Report) -> str:
    for warning in report.warnings:
        _complain(f"warning: {warning}")
    outputs = [path for path in report.written if path != "manifest.json"]
    if not report.written and not report.removed:
        return f"{folder}: up to date"
    changes = [f"{len(outputs)} of {len(item.files)} files written"]
    if report.removed:
        changes.append(f"{len(report.removed)} removed")
    return f"{folder}: {', '.join(changes)}"


def _check_outputs(built: list[Built], options: Options) -> int:
    from gaugewright.commands.targets import keeper
    from gaugewright.output.compare import SOMEBODYS, State, compare
    from gaugewright.output.diff import unified
    from gaugewright.output.paths import MANIFEST
    from gaugewright.output.services import leftover_services

    out = Path(options.out)
    code = 0
    advice = f"Run `gaugewright build {_named(built)}`."
    for item in built:
        comparison = compare(out, item.service, item.files, item.origin, keep=keeper(options.only))
        if comparison.is_fresh:
            _remember(item, options)
            continue
        code = 1
        for standing in comparison.standings:
            if standing.state is State.FRESH or standing.path == MANIFEST:
                continue
            print(f"{out / item.service / standing.path}: {standing.state.value}")
            if standing.state is not State.MISSING:
                print(unified(standing, out / item.service), end="")
        if comparison.paths(*SOMEBODYS):
            advice = "Make the change in the spec; `gaugewright build --force` overwrites what was edited by hand."
    for left in leftover_services(out, [(item.origin, item.service) for item in built]):
        code = 1
        print(f"{out / left.service}: left over, since {left.reason}")
    if code:
        _complain(f"The outputs are not what a build would write. {advice}")
    return code


def _named(built: list[Built]) -> str:
    return " ".join(item.spec.path for item in built[:3]) + (" ..." if len(built) > 3 else "")


def _waiting() -> None:
    _complain("waiting for another build of the same folder")


def _fail(compilations: list[Compilation], code: int) -> int:
    from gaugewright.commands.show import as_text, counted

    findings = [item for compilation in compilations for item in compilation.diagnostics]
    print(as_text(compilations, findings))
    print(f"{counted(findings)}; nothing was written")
    return code


def _show_findings(compilations: list[Compilation]) -> None:
    from gaugewright.commands.show import as_text, counted

    findings = [item for compilation in compilations for item in compilation.diagnostics]
    if findings:
        print(as_text(compilations, findings))
        print(counted(findings))


def _say(text: str) -> None:
    print(text)


def _complain(text: str) -> None:
    print(text, file=sys.stderr)


# What an earlier build found out


def _key(spec: SpecFile, options: Options) -> str:
    """A hash of everything that the outputs and findings of a spec depend on."""
    parts = (
        __version__,
        _installation(),
        os.path.abspath(spec.path),
        os.path.abspath(options.out),
        ",".join(sorted(options.only)),
        time.strftime("%Y-%m-%d", time.gmtime()),
        sys.version,
    )
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape") + b"\0" + spec.content).hexdigest()


@cache_in_process
def _installation() -> str:
    """The compiler's own files and its libraries' folder, by size and time of change."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    folders = [package]
    templates = os.path.join(os.path.dirname(os.path.dirname(package)), "templates")
    if os.path.isdir(templates):
        folders.append(templates)
    found = [str(os.stat(os.path.dirname(click_folder())).st_mtime_ns)]
    for folder in folders:
        for path, names, files in os.walk(folder):
            names[:] = sorted(name for name in names if name != "__pycache__")
            for name in sorted(files):
                status = os.stat(os.path.join(path, name))
                found.append(f"{name}:{status.st_size}:{status.st_mtime_ns}")
    return hashlib.sha256("|".join(found).encode("utf-8", "surrogateescape")).hexdigest()


def click_folder() -> str:
    import click

    return os.path.dirname(os.path.abspath(click.__file__))


def _have_nothing_to_do(specs: Sequence[SpecFile], options: Options) -> bool:
    """Whether earlier builds of these very specs had no findings, and their outputs still stand."""
    services = {_intact_service(spec, options) for spec in specs}
    return None not in services and not _has_others(options.out, services)


def _intact_service(spec: SpecFile, options: Options) -> str | None:
    known = cache.load(_key(spec, options))
    if not isinstance(known, dict):
        return None
    service, digest = known.get("service"), known.get("manifest")
    if not isinstance(service, str) or not isinstance(digest, str):
        return None
    return service if is_intact(os.path.join(options.out, service), digest) else None


def _has_others(out: str, services: Collection[str | None]) -> bool:
    """Whether there are outputs of other services: they may be left over, which only the slow path can tell."""
    with os.scandir(out) as found:
        return any(
            entry.name not in services and os.path.exists(os.path.join(entry.path, "manifest.json")) for entry in found
        )


def _remember(item: Built, options: Options) -> None:
    if item.has_findings:
        return
    manifest = Path(options.out, item.service, "manifest.json")
    digest = hashlib.sha256(manifest.read_bytes()).hexdigest()
    cache.store(_key(item.spec, options), {"service": item.service, "manifest": digest})
