"""What the Prometheus operator reads: a PrometheusRule, a ScrapeConfig and an AlertmanagerConfig for Kubernetes.

Applied to a namespace, whose name is not known here. Secrets are keys of one Kubernetes Secret there, which the files
tell how to make. A ScrapeConfig and no ServiceMonitor, since a spec names addresses and no Kubernetes service. Fields
from the definitions of prometheus-operator 0.93: https://prometheus-operator.dev/docs/api-reference/api/
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from gaugewright.diagnostics import Diagnostic
from gaugewright.diagnostics.catalogue import finding
from gaugewright.emit import alertmanager, operator_receivers, routes
from gaugewright.emit.escaping import yaml_quoted
from gaugewright.emit.prometheus import rule_words
from gaugewright.emit.receiver_secrets import kept_secrets
from gaugewright.emit.scrape_limits import limits as scrape_limits
from gaugewright.emit.templates import render
from gaugewright.model.model import Model
from gaugewright.model.time_intervals import TimeInterval
from gaugewright.model.utc_intervals import in_utc

_LINE = 100


def emit(model: Model) -> dict[str, bytes]:
    words = {
        **rule_words(model),
        "object": object_name(model),
        "interval": f"{model.config.scrape_interval_seconds}s",
    }
    return {
        "prometheus-operator/prometheusrule.yaml": render("prometheus_operator/prometheusrule.yaml.j2", **words),
        "prometheus-operator/scrapeconfig.yaml": render(
            "prometheus_operator/scrapeconfig.yaml.j2", **words, **_scraping(model)
        ),
        "prometheus-operator/alertmanagerconfig.yaml": render(
            "prometheus_operator/alertmanagerconfig.yaml.j2",
            **alertmanager.words(model),
            object=object_name(model),
            **_telling(model),
        ),
    }


def _scraping(model: Model) -> dict[str, Any]:
    config = model.config
    secret = SecretKeys(f"{object_name(model)}-endpoint", {})
    login = None
    if config.basic_auth_password is not None:
        env = config.basic_auth_password.env
        secret = SecretKeys(secret.name, {config.password_file or "": env} if env else {})
        user = secret.reference(f"={config.basic_auth_username}", "username")
        login = {"username": user, "password": secret.reference(config.password_file or "", "password")}
    return {"limits": scrape_limits(model), "login": login, "secret": secret}


def _telling(model: Model) -> dict[str, Any]:
    kept = {secret.file: secret.env for secret in kept_secrets(model) if secret.env}
    secret = SecretKeys(f"{object_name(model)}-channels", kept)
    channels = [
        (channel, operator_receivers.key(channel.type), operator_receivers.converted(channel, secret.reference))
        for channel in model.channels
    ]
    return {"channels": channels, "secret": secret, "mutes": mute_intervals(model), "matchers": matchers}


def object_name(model: Model) -> str:
    """A name in Kubernetes: `_` is none of its letters."""
    return model.service.name.replace("_", "-").rstrip("-")


class SecretKeys:
    """The keys of a Kubernetes Secret, as they are referred to. `envs` are the variables in which the user keeps
    what has a file only by name."""

    def __init__(self, name: str, envs: Mapping[str, str]) -> None:
        self.name = name
        self._envs = envs
        self._asked: dict[str, str] = {}

    def reference(self, what: str, key: str = "") -> dict[str, Any]:
        """A file, or `=` and a plain text, as the key that holds it."""
        key = key or _key(what)
        self._asked[key] = what
        return {"name": self.name, "key": key}

    def options(self) -> list[str]:
        """What `kubectl create secret generic` is told for all that was asked for."""
        return [self._option(key, what) for key, what in self._asked.items()]

    def _option(self, key: str, what: str) -> str:
        if what.startswith("="):
            return shlex.quote(f"--from-literal={key}{what}")
        if what in self._envs:
            return f'--from-literal={key}="${self._envs[what]}"'
        return shlex.quote(f"--from-file={key}={what}")


def _key(what: str) -> str:
    """Letters, digits, `-`, `_` and `.`; what had to be changed for it is told apart by a hash."""
    plain = what.removeprefix("secrets/")
    key = re.sub(r"[^A-Za-z0-9._-]+", "-", plain).strip("-.")
    return key if key == plain else f"{key or 'text'}-{sha256(what.encode()).hexdigest()[:8]}"


def matchers(alerts: tuple[str, ...], indent: int) -> str:
    """What follows a list of matchers' key where its items stand `indent` spaces in: one of alert names, many of
    them one on a line as in alertmanager.yml."""
    value = yaml_quoted("|".join(alerts))
    if len(value) + indent > _LINE:
        value = '"' + f"|\\\n{' ' * (indent + 5)}".join(alerts) + '"'
    kind = "=~" if len(alerts) > 1 else "="
    inside = "\n" + " " * indent
    return f'{inside}- name: alertname{inside}  matchType: "{kind}"{inside}  value: {value}'


def mute_intervals(model: Model) -> dict[str, list[dict[str, Any]]]:
    """By name, what the resource takes as `timeIntervals`: it knows no time zone, so all are in UTC."""
    return {
        name: [_interval(interval) for interval in in_utc(schedule) or ()]
        for name, schedule in routes.mutes(model).items()
    }


def _interval(interval: TimeInterval) -> dict[str, Any]:
    said: Mapping[str, list[Any]] = {
        "times": [{"startTime": time.start, "endTime": time.end} for time in interval.times],
        "weekdays": list(interval.weekdays),
        "daysOfMonth": [_days(text) for text in interval.days_of_month],
        "months": list(interval.months),
        "years": list(interval.years),
    }
    return {key: value for key, value in said.items() if value}


def _days(text: str) -> dict[str, int]:
    first, _, last = text.partition(":")
    return {"start": int(first), "end": int(last or first)}


def limits(model: Model) -> list[Diagnostic]:
    """Schedules that are exact in their own time zone only, and settings of channels that the resource lacks."""
    found = []
    for alert in model.alert_rules:
        schedule = routes.schedule_of(alert)
        if schedule is not None and in_utc(schedule) is None:
            message = f"an AlertmanagerConfig mutes in UTC alone, and the clocks of {schedule.timezone} change"
            place = alert.source.at("suppression_timezone").place()
            help = "Say the schedule in UTC, or let an Alertmanager with a configuration of its own mute this alert."
            found.append(finding("target-limit", message, place, help, entities=(alert.name,)))
    for channel in model.channels:
        for path, why in operator_receivers.unsaid(channel):
            written = path if channel.source.at(*path).exists() else (str(path[0]).removesuffix("_file"),)
            place = channel.source.at(*written).key_place()
            message = f"an AlertmanagerConfig {why}: `{'.'.join(map(str, path))}`"
            help = "Leave it out, or say it otherwise."
            found.append(finding("target-limit", message, place, help, entities=(channel.name,)))
    return found
