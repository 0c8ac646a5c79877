"""A notification channel's settings, as `alertmanager.yml` prints them.

A secret never passes through: it is a file that Alertmanager reads, or `{env: NAME}`, which becomes a
file that the set-up writes. What is wrong with the fields is `receiver_checks`'s to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from gaugewright.model.receiver_checks import ChannelFinding, Path, check_channel, holds_secret, is_http
from gaugewright.model.receiver_table import OLDEST, RECEIVERS, Field, Fields, known_field
from gaugewright.model.service import ChannelSecret

__all__ = ["ChannelFinding", "check_channel", "receiver_key", "requirements", "secret_file", "settings"]


def receiver_key(channel_type: str) -> str:
    """What the channel's settings stand under in a receiver: `slack_configs`."""
    return RECEIVERS[channel_type].key


def settings(
    channel_type: str, name: str, fields: Mapping[str, Any]
) -> tuple[dict[str, Any], tuple[ChannelSecret, ...]]:
    """The fields as `alertmanager.yml` takes them, and the secrets that the set-up writes to files.

    `{env: NAME}` becomes the field's `_file` form. Fields that have findings may be left out."""
    secrets: list[ChannelSecret] = []
    return _resolved((), fields, RECEIVERS[channel_type].block, name, secrets), tuple(secrets)


def requirements(channel_type: str, settings: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """What needs a later Alertmanager than 0.25: `(("url_file", "0.26"),)`; the receiver itself is ""."""
    receiver = RECEIVERS[channel_type]
    itself = (("", receiver.since),) if receiver.since else ()
    return (*itself, *_later("", settings, receiver.block))


def secret_file(channel: str, field: str) -> str:
    """Where the secret of a channel's field (dotted) is kept, relative to where Alertmanager is started."""
    plain = re.sub(r"[^A-Za-z0-9_.-]", "-", channel).lstrip(".") or "channel"
    if plain != channel:
        plain = f"{plain}-{sha256(channel.encode()).hexdigest()[:8]}"
    return f"secrets/{plain}-{field.replace('.', '-')}"


def _resolved(
    path: Path, values: Mapping[str, Any], block: Fields, channel: str, secrets: list[ChannelSecret]
) -> dict[str, Any]:
    resolved: dict[str, Any] = {}
    for name, value in values.items():
        field = block.fields.get(name)
        if field is None:
            if known_field(block, name):
                resolved[name] = value
        elif field.inner is not None:
            resolved[name] = _resolved_inner((*path, name), value, field, channel, secrets)
        elif field.file_since and isinstance(value, Mapping):
            dotted = ".".join(str(step) for step in (*path, name))
            secret = ChannelSecret(channel, dotted, str(value.get("env")), secret_file(channel, dotted))
            resolved[f"{name}_file"] = secret.file
            secrets.append(secret)
        elif not _is_secret(value, field):
            resolved[name] = value
    return resolved


def _is_secret(value: Any, field: Field) -> bool:
    if field.kind == "url":
        return isinstance(value, str) and is_http(value) and holds_secret(value)
    return field.kind == "secret" and value not in field.public


def _resolved_inner(path: Path, value: Any, field: Field, channel: str, secrets: list[ChannelSecret]) -> Any:
    inner = Field("fields", inner=field.inner)
    if isinstance(value, list):
        return [_resolved_inner((*path, at), item, inner, channel, secrets) for at, item in enumerate(value)]
    if field.keyed and isinstance(value, Mapping):
        return {key: _resolved_inner((*path, key), item, inner, channel, secrets) for key, item in value.items()}
    if field.inner is not None and isinstance(value, Mapping):
        return _resolved(path, value, field.inner, channel, secrets)
    return value


def _later(prefix: str, values: Mapping[str, Any], block: Fields) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        known = known_field(block, name)
        if known is None:
            continue
        field, form = known
        nested = isinstance(value, Mapping) and any(isinstance(item, (Mapping, list)) for item in value.values())
        releases = (
            field.since,
            field.file_since if form == "file" else None,
            field.nested_since if nested else None,
        )
        since = max((release for release in releases if release), default=OLDEST)
        if since > OLDEST:
            yield prefix + name, since
        if field.inner is not None and not field.keyed and isinstance(value, Mapping):
            yield from _later(f"{prefix}{name}.", value, field.inner)
