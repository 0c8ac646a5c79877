"""What `docs/QUICKSTART.md` needs beyond the model: secrets and their files, addresses, calls."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from posixpath import dirname, join
from typing import Any
from urllib.parse import urlsplit

from gaugewright.emit.endpoint import base_url
from gaugewright.emit.python_names import NameTable
from gaugewright.model.metrics import Metric
from gaugewright.model.model import Model

_PORTS = {"prometheus": 9090, "alertmanager": 9093}
"""Where the servers listen by default."""

_NOT_SECRET = ("ca_file", "cert_file")
"""Files of a TLS configuration that everybody may read."""

GRAFANA_FOLDER = "/var/lib/grafana/dashboards"
"""Where the provisioning file tells Grafana to look, in a folder of the service's name."""


@dataclass(frozen=True, slots=True)
class SecretFile:
    """A file that a server reads. `path` is relative to the folder that holds `out/`, unless absolute;
    `env` is the variable whose value it gets, None where the user writes it by hand."""

    path: str
    reader: str
    purpose: str
    env: str | None


def words(model: Model) -> dict[str, Any]:
    """The template's names that are this page's alone."""
    secrets = secret_files(model)
    alertmanager = next(iter(model.service.alertmanagers), f"localhost:{_PORTS['alertmanager']}")
    prometheus_port = _port(model.service.prometheus_url, _PORTS["prometheus"])
    return {
        "kinds": first_of_each_type(model),
        "endpoint_url": base_url(model.config) + model.config.exposition_path,
        "password": model.config.basic_auth_password,
        "secrets": secrets,
        "secret_commands": secret_commands(secrets),
        "variables": tuple(dict.fromkeys(secret.env for secret in secrets if secret.env)),
        "by_hand": any(secret.env is None for secret in secrets),
        "prometheus_url": model.service.prometheus_url.rstrip("/"),
        "prometheus_port": prometheus_port,
        "alertmanager_url": f"http://{alertmanager}",
        "alertmanager_port": _port(f"//{alertmanager}", _PORTS["alertmanager"]),
        "grafana_folder": GRAFANA_FOLDER,
        "maintenance": maintenance_attribute(model),
        "port_taken": model.config.exposition_port == prometheus_port,
    }


def first_of_each_type(model: Model) -> tuple[Metric, ...]:
    """The first enabled metric of each type, counters first: enough to show every call."""
    found: dict[str, Metric] = {}
    for metric in model.metrics:
        if metric.enabled:
            found.setdefault(metric.metric_type, metric)
    return tuple(found[kind] for kind in ("counter", "gauge", "histogram", "summary") if kind in found)


def maintenance_attribute(model: Model) -> str:
    """What the generated module calls the maintenance gauge; see `emit/python_module.py`."""
    return NameTable(metric.attribute for metric in model.metrics).claim("maintenance_mode")


def secret_files(model: Model) -> tuple[SecretFile, ...]:
    """Every file with a secret that Prometheus or Alertmanager reads, each once."""
    files = {file.path: file for file in (*_prometheus_files(model), *_alertmanager_files(model))}
    return tuple(files.values())


def secret_commands(secrets: tuple[SecretFile, ...]) -> str:
    """Shell lines that make the files, readable by their owner alone. None of them is overwritten
    with nothing: an unset variable stops its line, and `touch` keeps what is there."""
    folders = dict.fromkeys(dirname(secret.path) or "." for secret in secrets)
    lines = ["umask 077", _words("mkdir -p", folders)]
    lines += [
        f'printf %s "${{{secret.env}:?}}" > {shlex.quote(secret.path)}' for secret in secrets if secret.env is not None
    ]
    by_hand = [secret.path for secret in secrets if secret.env is None]
    if by_hand:
        lines.append(_words("touch", by_hand))
    return "\n".join((*lines, _words("chmod 600", (secret.path for secret in secrets))))


def _words(command: str, paths: Iterable[str]) -> str:
    """A command and its paths, one a line where they are several."""
    return " \\\n  ".join((command, *map(shlex.quote, paths)))


def _prometheus_files(model: Model) -> Iterator[SecretFile]:
    if model.config.password_file is None:
        return
    password = model.config.basic_auth_password
    path = join("out", model.service.name, "prometheus", model.config.password_file)
    yield SecretFile(path, "Prometheus", "the password of the metrics endpoint", password.env if password else None)


def _alertmanager_files(model: Model) -> Iterator[SecretFile]:
    """Alertmanager opens a receiver's files where it runs, and those of its HTTP client beside
    `alertmanager.yml` (`SetDirectory` in its configuration's code)."""
    beside = join("out", model.service.name, "alertmanager")
    for channel in model.channels:
        variables = {secret.file: secret.env for secret in channel.secrets}
        for field, file in _file_fields(channel.settings):
            path = join(beside, file) if field.startswith("http_config.") else file
            purpose = f"{channel.name}: {field.removesuffix('_file')}"
            yield SecretFile(path, "Alertmanager", purpose, variables.get(file))


def _file_fields(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Fields that name a file, dotted, at any depth."""
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _file_fields(value, f"{prefix}{name}.")
        elif name.endswith("_file") and name not in _NOT_SECRET:
            yield prefix + name, str(value)


def _port(url: str, default: int) -> int:
    try:
        return urlsplit(url).port or default
    except ValueError:
        return default
