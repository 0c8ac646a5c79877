"""The arguments of `export`. Like `cli.py`: nothing heavy is imported before a command runs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

_STATE = click.option(
    "--state", metavar="FILE", envvar="GAUGEWRIGHT_STATE",
    help="The record of exports (SQLite); in ~/.local/state by default."
)  # fmt: skip
_FORMAT = click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True)
_ID = click.argument("export_id", metavar="ID")

_SERVER = (
    click.option("--server", metavar="URL", help="The Prometheus to ask; the spec's prometheus_url by default."),
    click.option("--user", metavar="NAME", help="For basic authentication."),
    click.option("--password-file", metavar="FILE", help="Holds the user's password."),
    click.option("--password-env", metavar="VARIABLE", help="The environment variable with the user's password."),
    click.option("--token-file", metavar="FILE", help="Holds a bearer token."),
    click.option("--header", multiple=True, metavar="NAME=FILE", help="A header, its value in the file; repeatable."),
    click.option("--ca-file", metavar="FILE", help="Certificates that the server's must be signed by (PEM)."),
    click.option("--cert", metavar="FILE", help="The client's certificate (PEM)."),
    click.option("--key", metavar="FILE", help="The key of the client's certificate."),
    click.option("--timeout", type=click.FloatRange(1, 3600), metavar="SECONDS", help="For an answer; 150 by default."),
)
_RETRY = click.option(
    "--retry-for", type=click.FloatRange(0, 86400), default=120, show_default=True, metavar="SECONDS",
    help="How long failures on end are borne."
)  # fmt: skip


def _server_options(command: F) -> F:
    for option in reversed(_SERVER):
        command = option(command)
    return command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def export() -> None:
    """Metric history into a file, every sample once and exact, with a record of who asked for what."""


@export.command()
@click.argument("spec")
@click.argument("name", required=False)
@click.option("--metric", multiple=True, metavar="NAME", help="Instead of NAME: a metric to export; repeatable.")
@click.option("--start", metavar="TIME", help="RFC 3339, or relative to now (now-90d).")
@click.option("--end", metavar="TIME", help="Exclusive; now by default.")
@click.option("--format", type=click.Choice(["csv", "json", "parquet"]), help="The file's format.")
@click.option("--filter", multiple=True, metavar="LABEL=VALUE", help="Keep series with this value; repeatable.")
@click.option("--output", metavar="FILE", help="Where the file is written.")
@click.option("--requested-by", metavar="WHO", help="For the record; you, by default.")
@click.option("--overwrite", is_flag=True, help="Replace a file that is there.")
@click.option("--step", metavar="DURATION", help="Values on a regular grid instead of raw samples.")
@click.option("--json-array", is_flag=True, help="JSON as one array instead of a line for each sample.")
@click.option("--excel-safe", is_flag=True, help="In CSV, disarm label values that a spreadsheet takes for formulas.")
@_server_options
@_RETRY
@_STATE
def run(**options: Any) -> None:
    """Export what the spec calls NAME, or what the options describe."""
    from gaugewright.commands.export.run import run

    sys.exit(run(options))


@export.command()
@_ID
@click.option("--requested-by", metavar="WHO", help="For the record; you, by default.")
@click.option("--overwrite", is_flag=True, help="Replace a file that is there.")
@_server_options
@_RETRY
@_STATE
def resume(**options: Any) -> None:
    """Go on with an export that was stopped or has failed. The server's options are those of its run, unless given."""
    from gaugewright.commands.export.run import resume

    sys.exit(resume(options))


@export.command("list")
@_FORMAT
@_STATE
def list_(format: str, state: str | None) -> None:
    """All exports, the newest first."""
    from gaugewright.commands.export.records import list_exports

    sys.exit(list_exports(format, state))


@export.command()
@_ID
@_FORMAT
@_STATE
def show(export_id: str, format: str, state: str | None) -> None:
    """What is known about an export, and what happened to it."""
    from gaugewright.commands.export.records import show_export

    sys.exit(show_export(export_id, format, state))


@export.command()
@_ID
@_STATE
def verify(export_id: str, state: str | None) -> None:
    """Whether an export's file is still what was written."""
    from gaugewright.commands.export.records import verify_export

    sys.exit(verify_export(export_id, state))
