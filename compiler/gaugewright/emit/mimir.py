"""What Grafana Mimir reads, for many services on one storage: rules of its ruler, and its Alertmanager's configuration.

The ruler takes Prometheus's groups below a namespace; each says its interval, since the ruler's own is a minute.
The Alertmanager refuses every field that names a file, and a secret is in no output. So the configuration has a
variable in each secret's place (in a block of its own, where no character of a secret means anything to YAML), and the
command that loads it puts them in.
"""

from __future__ import annotations

from dataclasses import replace

from gaugewright.diagnostics import Diagnostic
from gaugewright.diagnostics.catalogue import finding
from gaugewright.emit import alertmanager
from gaugewright.emit.prometheus import rule_words
from gaugewright.emit.receiver_secrets import KeptSecret, Path, kept_secrets, other_files, replaced
from gaugewright.emit.templates import render
from gaugewright.emit.yaml_text import Raw
from gaugewright.model.model import Model
from gaugewright.model.service import Channel


def emit(model: Model) -> dict[str, bytes]:
    interval = f"{model.config.scrape_interval_seconds}s"
    secrets = kept_secrets(model)
    return {
        "mimir/rules.yml": render("mimir/rules.yml.j2", **rule_words(model), interval=interval),
        "mimir/alertmanager.yml": render(
            "mimir/alertmanager.yml.j2",
            **alertmanager.words(model),
            channels=[_with_variables(channel, secrets) for channel in model.channels],
            secrets=secrets,
        ),
    }


def _with_variables(channel: Channel, secrets: tuple[KeptSecret, ...]) -> Channel:
    names = {secret.path: secret.name for secret in secrets if secret.channel == channel.name}

    def variable(path: Path, file: str) -> Raw:
        return Raw(f"${{{names[path]}}}")

    return replace(channel, settings=replaced(channel, variable))


def limits(model: Model) -> list[Diagnostic]:
    """Files that are no secrets: nothing can stand in their place. And two secrets of one variable."""
    found = []
    for channel in model.channels:
        for path in other_files(channel):
            message = f"Mimir's Alertmanager reads no files, so `{'.'.join(map(str, path))}` cannot be told there"
            help = "Leave it out, or let this channel be told by an Alertmanager of your own."
            place = channel.source.at(*path).key_place()
            found.append(finding("target-limit", message, place, help, entities=(channel.name,)))
    first: dict[str, KeptSecret] = {}
    for secret in kept_secrets(model):
        other = first.setdefault(secret.name, secret)
        if other is not secret:
            channel = next(channel for channel in model.channels if channel.name == secret.channel)
            message = f"Mimir's variable for a secret of `{other.channel}` has this channel's name too, {secret.name}"
            place = channel.source.at("name").place()
            found.append(finding("target-limit", message, place, "Rename one of the two.", entities=(channel.name,)))
    return found
