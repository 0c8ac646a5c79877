"""The command line: arguments in, a command's module called, its exit code out. No logic.

Nothing heavy is imported here: `--help` and a build with nothing to do must start at once.
"""

from __future__ import annotations

import os
import sys

import click

from gaugewright import __version__
from gaugewright.commands.export.arguments import export

# Looking for plugins of pydantic reads the metadata of every installed package; we use none.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

_SPECS = click.argument("specs", metavar="SPEC...", nargs=-1, required=True)
_SPEC = click.argument("spec")
_TARGETS = (
    *("prometheus", "unit-tests", "alertmanager", "grafana", "python", "openapi", "docs"),
    *("prometheus-operator", "mimir", "victoriametrics"),
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "--version", prog_name="gaugewright")
def cli() -> None:
    """One YAML spec in; Prometheus, Alertmanager, Grafana and typed Python instrumentation out.

    Exit codes: 0 fine, 1 findings (errors in the spec, stale outputs), 2 wrong usage or an
    unreadable file.
    """


@cli.command()
@_SPECS
@click.option("--out", default="out", show_default=True, metavar="DIR", help="Where each service's folder is.")
@click.option("--only", multiple=True, type=click.Choice(_TARGETS), help="Build this target only; repeatable.")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 with the difference if a build would write.")
@click.option("--force", is_flag=True, help="Overwrite outputs that were edited by hand.")
@click.option("--watch", is_flag=True, help="Build again whenever a spec changes.")
def build(specs: tuple[str, ...], out: str, only: tuple[str, ...], check: bool, force: bool, watch: bool) -> None:
    """Compile specs into OUT/<service>/.

    SPEC is a file, or a folder of *.yaml files. All outputs of a service are replaced in one step,
    or none is; files that gaugewright did not write are never touched.
    """
    from gaugewright.commands.build import Options, build

    options = Options(out, only, check, force)
    if watch:
        if check:
            raise click.UsageError("--watch and --check exclude each other")
        from gaugewright.commands.watch import watch_specs

        sys.exit(watch_specs(specs, options))
    sys.exit(build(specs, options))


@cli.command()
@_SPECS
@click.option(
    "--format",
    type=click.Choice(["text", "json", "sarif", "github"]),
    default="text",
    show_default=True,
    help="How findings are written.",
)
@click.option("--fix", is_flag=True, help="Write the mends that are certain into the specs; report what remains.")
@click.option("--diff", is_flag=True, help="With --fix: print the difference, and write nothing.")
def check(specs: tuple[str, ...], format: str, fix: bool, diff: bool) -> None:
    """Report every finding in the specs; write nothing, unless told to --fix."""
    if diff and (not fix or format != "text"):
        raise click.UsageError("--diff goes with --fix, and without --format")
    if fix:
        from gaugewright.commands.fix import fix as fixed

        _finish(fixed(specs, format, diff))
    from gaugewright.commands.check import check

    _finish(check(specs, format))


@cli.command()
@_SPEC
@click.argument("expression", metavar="EXPR")
@click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True)
def query(spec: str, expression: str, format: str) -> None:
    """The static type of a PromQL expression: labels, values, unit, and what each step does."""
    from gaugewright.commands.query import query

    _finish(query(spec, expression, format))


@cli.command()
@_SPEC
@click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True)
def cost(spec: str, format: str) -> None:
    """Label combinations and series of each metric, against the limit."""
    from gaugewright.commands.cost import cost

    _finish(cost(spec, format))


@cli.command()
@_SPEC
@click.argument("alert")
def route(spec: str, alert: str) -> None:
    """Which channels an alert reaches, and when it is muted."""
    from gaugewright.commands.route import route

    _finish(route(spec, alert))


@cli.command()
@click.argument("code", required=False)
def explain(code: str | None) -> None:
    """What a finding means, why it matters, and how it is mended. Without CODE: all codes."""
    from gaugewright.commands.explain import explain

    _finish(explain(code))


@cli.command()
def schema() -> None:
    """The spec's JSON Schema, for editors."""
    from gaugewright.commands.schema import schema

    _finish(schema())


@cli.command()
@click.argument("directory", metavar="[DIR]", default=".")
def init(directory: str) -> None:
    """Write a spec to start from, a Makefile and a pre-commit hook that build at once."""
    from gaugewright.commands.init import init

    _finish(init(directory))


cli.add_command(export)


def _finish(result: tuple[str, int]) -> None:
    text, code = result
    click.echo(text)
    sys.exit(code)


def main() -> None:
    """The entry point. What nobody foresaw ends in one line, not a traceback (GAUGEWRIGHT_DEBUG shows it)."""
    try:
        cli()
    except BrokenPipeError:
        # The reader (`head`, say) has enough; keep the interpreter from complaining at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        if os.environ.get("GAUGEWRIGHT_DEBUG"):
            raise
        click.echo(
            f"gaugewright: internal error: {type(error).__name__}; this is a fault of gaugewright. "
            "Run it again with GAUGEWRIGHT_DEBUG=1 and report what it prints.",
            err=True,
        )
        sys.exit(2)
