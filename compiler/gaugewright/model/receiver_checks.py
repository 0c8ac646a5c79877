"""Whether a notification channel's fields are its receiver's own: the diagnostic `channel-field`.

Takes what the spec says beside `name`, `type` and `send_resolved`. Alertmanager's own checks, and one
more: no secret in a file that is shared. A secret is a file that Alertmanager reads, or `{env: NAME}`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from gaugewright.diagnostics.suggest import did_you_mean, listed
from gaugewright.model.receiver_table import RECEIVERS, Field, Fields, known_field

Path = tuple[str | int, ...]

_DURATION = re.compile(r"0|(?:\d+(?:\.\d*)?(?:ns|us|µs|ms|s|m|h))+")
"""Go's durations; days and weeks are Prometheus's own and no receiver takes them."""
_ENV = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ADDRESS = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[^:\s]+):\S+")
_SECRET_PARAMETER = re.compile(r"(?i).*(?:token|secret|passw|api_?key|signature).*|key|auth|sig|pwd")
_SECRET_PATH = re.compile(
    r"hooks\.slack\.com/.+|discord(?:app)?\.com/api/webhooks/.+|api\.telegram\.org/bot.+|[^/]+\.webhook\.office\.com/.+"
)


class ChannelFinding(NamedTuple):
    """`field` is the path of the field below the channel, None where one is missing."""

    field: Path | None
    message: str
    help: str


def check_channel(channel_type: str, fields: Mapping[str, Any]) -> list[ChannelFinding]:
    """What Alertmanager would refuse, or what would put a secret into a file that is shared."""
    findings = list(_check_block((), fields, RECEIVERS[channel_type].block, f"a channel of type {channel_type}"))
    return findings or list(_check_together(channel_type, fields))


def _check_together(channel_type: str, fields: Mapping[str, Any]) -> Iterator[ChannelFinding]:
    """Rules over fields of different blocks, which are right one by one."""
    token_forms = {"authorization", "bearer_token", "bearer_token_file"}
    authorized = not token_forms.isdisjoint(fields.get("http_config", {}))
    if channel_type == "webex" and not authorized:
        help = "Write http_config: {authorization: {credentials_file: PATH}}."
        yield ChannelFinding(("http_config",), "webex needs the bot's token in authorization", help)
    if channel_type == "slack" and fields.get("update_message") is True and fields.get("api_url") is None:
        help = "Write api_url: https://slack.com/api/chat.postMessage, and the token in http_config."
        yield ChannelFinding(("update_message",), "update_message works with a bot's token only", help)
    if channel_type == "slack" and authorized and not {"app_token", "app_token_file"}.isdisjoint(fields):
        message = "the app's token already is the authorization"
        yield ChannelFinding(("http_config",), message, "Leave authorization out of http_config.")


def _keys(block: Fields) -> list[str]:
    return [key for name, field in block.fields.items() for key in _forms(name, field)]


def _forms(name: str, field: Field) -> list[str]:
    file_form = [f"{name}_file"] if field.file_since else []
    return [name, *file_form] if field.kind != "secret" or not file_form else [*file_form, name]


def _check_block(path: Path, values: Mapping[str, Any], block: Fields, what: str) -> Iterator[ChannelFinding]:
    for name, value in values.items():
        known = known_field(block, name)
        if known is None:
            mend = did_you_mean(name, _keys(block)) or f"It knows {listed(sorted(block.fields), 40)}."
            yield ChannelFinding((*path, name), f'{what} has no field "{name}"', mend)
        elif known[1] == "file":
            yield from _check_file((*path, name), value)
        else:
            yield from _check_value((*path, name), value, known[0])
    yield from _check_groups(path, values, block, what)


def _check_groups(path: Path, values: Mapping[str, Any], block: Fields, what: str) -> Iterator[ChannelFinding]:
    for group in (*block.one_of, *block.at_most_one):
        given = [key for key in values if key in group or _is_file_form(key, group, block)]
        if len(given) > 1:
            message = f"{what} takes only one of {' and '.join(given)}"
            yield ChannelFinding((*path, given[-1]), message, f"Keep one of them, {given[0]} for example.")
        elif not given and group in block.one_of:
            message = f"{what} needs {' or '.join(group)}"
            yield ChannelFinding(path or None, message, _example(group[0], block.fields[group[0]]))


def _is_file_form(key: str, group: tuple[str, ...], block: Fields) -> bool:
    base = key.removesuffix("_file")
    return base != key and base in group and block.fields[base].file_since is not None


def _example(name: str, field: Field) -> str:
    if field.kind == "secret":
        return _secret_mend(name, field)
    return field.write or f"Add {name}."


def _secret_mend(name: str, field: Field) -> str:
    if field.file_since is None:
        return f"Alertmanager reads {name} from its configuration only. {field.write}"
    return f"Write {name}_file: PATH, or {name}: {{env: NAME}}."


def _check_value(path: Path, value: Any, field: Field) -> Iterator[ChannelFinding]:
    if field.kind in ("fields", "list"):
        yield from _check_inner(path, value, field)
    elif field.kind == "secret" or (field.file_since and isinstance(value, Mapping)):
        yield from _check_secret(path, value, field)
    elif field.kind == "url":
        yield from _check_url(path, value, field)
    elif field.kind == "file":
        yield from _check_file(path, value)
    elif not _fits(value, field):
        yield ChannelFinding(path, f"{path[-1]} is to be {_described(field)}", _kind_help(value, field))


def _check_inner(path: Path, value: Any, field: Field) -> Iterator[ChannelFinding]:
    assert field.inner is not None
    what = ".".join(str(step) for step in path)
    if field.kind == "list" and not isinstance(value, list):
        yield ChannelFinding(path, f"{what} is to be a list", "Begin each of its items with a dash.")
    elif field.kind == "list" or field.keyed:
        items = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
        for step, item in items:
            yield from _check_inner((*path, step), item, Field("fields", inner=field.inner))
    elif not isinstance(value, Mapping):
        yield ChannelFinding(path, f"{what} is to be a mapping", f"It knows {', '.join(_keys(field.inner))}.")
    else:
        yield from _check_block(path, value, field.inner, what)


def _check_secret(path: Path, value: Any, field: Field) -> Iterator[ChannelFinding]:
    name = str(path[-1])
    if field.file_since is None:
        yield ChannelFinding(path, f"{name} cannot be kept out of the configuration", _secret_mend(name, field))
    elif isinstance(value, Mapping):
        env = value.get("env")
        if list(value) != ["env"] or not isinstance(env, str) or not _ENV.fullmatch(env):
            message = f"{name} names no environment variable"
            if list(value) == ["file"] and isinstance(value["file"], str):
                yield ChannelFinding(path, message, f"Write {name}_file: {value['file']}.")
            else:
                yield ChannelFinding(path, message, f"Write {name}: {{env: NAME}}, the name in letters, digits and _.")
    elif value not in field.public:
        message = f"{name} is a secret, and a spec is no place for one"
        yield ChannelFinding(path, message, _secret_mend(name, field))


def _check_file(path: Path, value: Any) -> Iterator[ChannelFinding]:
    if not isinstance(value, str) or not value.strip() or "\n" in value:
        yield ChannelFinding(path, f"{path[-1]} is to be a file's path", "Write it as secrets/NAME, for example.")


def _check_url(path: Path, value: Any, field: Field) -> Iterator[ChannelFinding]:
    name = str(path[-1])
    if not isinstance(value, str) or not is_http(value):
        yield ChannelFinding(path, f"{name} is to be a URL", "Begin it with http:// or https:// and a host.")
    elif holds_secret(value):
        mend = _secret_mend(name, field) if field.file_since else "Leave the credentials out of it."
        yield ChannelFinding(path, f"{name} holds credentials", mend)


def is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises ValueError where the port is no number
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", url)


def holds_secret(url: str) -> bool:
    """Whether a URL carries user info, a parameter that is a credential, or a webhook's secret path."""
    parts = urlsplit(url)
    named = (name for name, _ in parse_qsl(parts.query, keep_blank_values=True))
    return (
        "@" in parts.netloc
        or any(_SECRET_PARAMETER.fullmatch(name) for name in named)
        or _SECRET_PATH.match((parts.hostname or "") + parts.path) is not None
    )


def _fits(value: Any, field: Field) -> bool:
    match field.kind:
        case "bool":
            return isinstance(value, bool)
        case "int":
            return isinstance(value, int) and not isinstance(value, bool)
        case "duration":
            return isinstance(value, str) and _DURATION.fullmatch(value) is not None
        case "address":
            return isinstance(value, str) and _ADDRESS.fullmatch(value) is not None
        case "strings":
            return isinstance(value, list) and all(_is_text(item) for item in value)
        case "map":
            return isinstance(value, Mapping) and (
                field.nested_since is not None or all(_is_text(item) for item in value.values())
            )
        case "any":
            return True
        case _:
            return _is_text(value) and (not field.choices or value in field.choices)


def _is_text(value: Any) -> bool:
    """Alertmanager takes an unquoted number for a text."""
    return isinstance(value, (str, int, float)) and not isinstance(value, bool)


_DESCRIBED: Mapping[str, str] = {
    "string": "a text",
    "bool": "true or false",
    "int": "a whole number",
    "duration": "a duration",
    "address": "host:port",
    "strings": "a list of texts",
    "map": "a mapping from names to texts",
}


def _described(field: Field) -> str:
    if field.choices:
        return "one of " + ", ".join(choice or '""' for choice in field.choices)
    return _DESCRIBED[field.kind]


def _kind_help(value: Any, field: Field) -> str:
    if field.kind == "duration":
        return "Write it with a unit that Go knows, h, m, s or ms: 1h30m."
    if field.choices:
        return did_you_mean(str(value), field.choices)
    if field.kind == "string" and value is None:
        return "Quote a text that begins with #: a # after a space begins a comment in YAML."
    if field.kind == "string":
        return "Write it in quotes."
    return ""
