"""Secrets of receivers for engines that read no files: each `_file` field, and by what it is replaced there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gaugewright.model.model import Model
from gaugewright.model.receiver_table import RECEIVERS, Field, Fields, known_field
from gaugewright.model.service import Channel

Path = tuple[str | int, ...]
Replace = Callable[[Path, str], Any]
"""From the path of a secret below its channel (without `_file`) and its file: what stands in its place."""


@dataclass(frozen=True, slots=True)
class KeptSecret:
    """A secret of a channel: where the user keeps it. `env` is None where it is in `file`."""

    channel: str
    path: Path
    file: str
    env: str | None

    @property
    def name(self) -> str:
        """A name for an environment variable: `SECRET_SLACK_OPS_API_URL`."""
        return re.sub(r"\W+", "_", "_".join(map(str, ("secret", self.channel, *self.path))), flags=re.ASCII).upper()

    @property
    def in_shell(self) -> str:
        """Its value, as a shell's word."""
        return f'"${self.env}"' if self.env else f'"$(cat {shlex.quote(self.file)})"'


def kept_secrets(model: Model) -> tuple[KeptSecret, ...]:
    """Every secret of every channel, in the spec's order."""
    found: list[KeptSecret] = []
    for channel in model.channels:
        of_env = {secret.file: secret.env for secret in channel.secrets}

        def keep(path: Path, file: str, channel: Channel = channel, of_env: Mapping[str, str] = of_env) -> None:
            found.append(KeptSecret(channel.name, path, file, of_env.get(file)))

        replaced(channel, keep)
    return tuple(found)


def replaced(channel: Channel, replace: Replace) -> dict[str, Any]:
    """The channel's settings with each secret's file replaced, under the field's own name."""
    return _replaced((), channel.settings, RECEIVERS[channel.type].block, replace)


def _replaced(path: Path, values: Mapping[str, Any], block: Fields, replace: Replace) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in values.items():
        known = known_field(block, name)
        if known is not None and known[1] == "file":
            base = name.removesuffix("_file")
            made[base] = replace((*path, base), str(value))
        else:
            made[name] = _inner((*path, name), value, known[0], replace) if known else value
    return made


def _inner(path: Path, value: Any, field: Field, replace: Replace) -> Any:
    if field.inner is None:
        return value
    if isinstance(value, list):
        return [_inner((*path, at), item, field, replace) for at, item in enumerate(value)]
    if not isinstance(value, Mapping):
        return value
    if field.keyed:
        return {key: _replaced((*path, key), item, field.inner, replace) for key, item in value.items()}
    return _replaced(path, value, field.inner, replace)


def other_files(channel: Channel) -> Iterator[Path]:
    """The fields that name a file which is no secret of its own: certificates, headers, a user's name."""
    yield from _files((), channel.settings, RECEIVERS[channel.type].block)


def _files(path: Path, values: Mapping[str, Any], block: Fields) -> Iterator[Path]:
    for name, value in values.items():
        known = known_field(block, name)
        if known is None:
            continue
        field = known[0]
        if field.kind == "file" or (name == "files" and field.kind == "strings"):
            yield (*path, name)
        elif field.inner is not None and isinstance(value, Mapping):
            items = value.items() if field.keyed else ((None, value),)
            for key, item in items:
                yield from _files((*path, name, key) if key is not None else (*path, name), item, field.inner)
