"""A channel as the operator's AlertmanagerConfig (v1alpha1) writes it: other names, and secrets by reference.

Most names are Alertmanager's in camel case; the rest stand in the tables. What the resource has no field for is
`unsaid`. Read from the definitions of prometheus-operator 0.93.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from gaugewright.emit.receiver_secrets import Path
from gaugewright.model.receiver_table import RECEIVERS, Field, Fields, known_field
from gaugewright.model.service import Channel

Reference = Callable[[str], dict[str, Any]]
"""From a file, or `=` and a text that is no secret, to the place in a Kubernetes Secret that holds it."""

_NAMES: Mapping[str, str] = {
    "api_url": "apiURL",
    "avatar_url": "avatarURL",
    "bearer_token": "bearerTokenSecret",
    "chat_id": "chatID",
    "client_url": "clientURL",
    "force_implicit_tls": "forceImplicitTLS",
    "icon_url": "iconURL",
    "image_url": "imageURL",
    "images": "pagerDutyImageConfigs",
    "key": "keySecret",
    "links": "pagerDutyLinkConfigs",
    "message_thread_id": "messageThreadID",
    "require_tls": "requireTLS",
    "room_id": "roomID",
    "target_arn": "targetARN",
    "thumb_url": "thumbURL",
    "topic_arn": "topicARN",
    "use_aws_http_client": "useAWSHTTPClient",
    "use_fips_sts_endpoint": "useFIPSSTSEndpoint",
}
_OF_A_TYPE: Mapping[tuple[str, str], str] = {
    ("discord", "webhook_url"): "apiURL",
    ("msteamsv2", "webhook_url"): "webhookURL",
    ("victorops", "api_url"): "apiUrl",
}
_UNSAID = frozenset(
    (
        *("app_token", "app_token_file", "app_url", "chat_id_file", "threading", "http_headers", "service_name"),
        *("ca", "cert", "client_certificate_key", "client_certificate_key_id"),
        *("grant_type", "signature_algorithm", "iss", "audience", "claims"),
    )
)
"""Alertmanager's fields, at whatever depth, that the resource has no place for."""
_PAIRS = frozenset(
    (("email", "headers"), ("pagerduty", "details"), ("opsgenie", "details"), ("victorops", "custom_fields"))
)
"""Mappings that the resource has as a list of keys and values."""
_DURATION = re.compile(r"(?:\d+h)?(?:\d+m)?(?:\d+s)?(?:\d+ms)?")
"""What it takes of Go's durations."""


def converted(channel: Channel, reference: Reference) -> dict[str, Any]:
    """The channel's settings as the resource writes them, without `sendResolved`."""
    return _Conversion(channel.type, reference).block((), channel.settings, RECEIVERS[channel.type].block)


def key(channel_type: str) -> str:
    """What the settings stand under: `slackConfigs`."""
    return camel(RECEIVERS[channel_type].key)


def camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def unsaid(channel: Channel) -> Iterator[tuple[Path, str]]:
    """The settings that the resource cannot hold, each with the reason."""
    yield from _unsaid((), channel.settings, RECEIVERS[channel.type].block)


def _unsaid(path: Path, values: Mapping[str, Any], block: Fields) -> Iterator[tuple[Path, str]]:
    for name, value in values.items():
        known = known_field(block, name)
        here = (*path, name)
        if name in _UNSAID:
            yield here, "has no field for it"
        elif value == "":
            yield here, "takes no empty text"
        elif known and known[0].kind == "duration" and not _DURATION.fullmatch(str(value)):
            yield here, "takes whole hours, minutes, seconds and milliseconds alone, in this order"
        elif name == "payload" and not isinstance(value, str):
            yield here, "takes a text alone"
        elif known and known[0].kind == "map" and not all(isinstance(item, str) for item in value.values()):
            yield here, "takes texts alone as its values"
        elif known and known[0].inner is not None and known[1] == "value":
            for at, item in enumerate(value) if isinstance(value, list) else ((None, value),):
                yield from _unsaid(here if at is None else (*here, at), item, known[0].inner)


class _Conversion:
    def __init__(self, channel_type: str, reference: Reference) -> None:
        self.type = channel_type
        self.reference = reference

    def block(self, path: Path, values: Mapping[str, Any], block: Fields) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for name, value in values.items():
            known = known_field(block, name)
            if known is not None:
                field, form = known
                plain = name.removesuffix("_file") if form == "file" or field.kind == "file" else name
                made[self._name(path, plain, form)] = self._value((*path, plain), value, field, form)
        return made

    def _name(self, path: Path, name: str, form: str) -> str:
        if self.type == "webhook" and not path and name == "url" and form == "file":
            return "urlSecret"
        if name == "text" and path[:1] == ("links",):
            return "alt"
        if not path and (self.type, name) in _OF_A_TYPE:
            return _OF_A_TYPE[self.type, name]
        return _NAMES.get(name, camel(name))

    def _value(self, path: Path, value: Any, field: Field, form: str) -> Any:
        name = str(path[-1])
        if form == "file" or field.kind == "file":
            selected = self.reference(str(value))
            return {"secret": selected} if name in ("ca", "cert") else selected
        if name == "client_id":
            return {"secret": self.reference(f"={value}")}
        if path[-2:] == ("basic_auth", "username") or (self.type == "slack" and path == ("api_url",)):
            return self.reference(f"={value}")
        if (self.type, name) in _PAIRS and len(path) == 1:
            return [{"key": key, "value": str(item)} for key, item in value.items()]
        if field.inner is not None and isinstance(value, list):
            return [self.block((*path, at), item, field.inner) for at, item in enumerate(value)]
        if field.inner is not None:
            return self.block(path, value, field.inner)
        return str(value) if field.kind == "string" else value
