"""Channels: the table is Alertmanager's own, and no secret ever leaves a spec through one."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from gaugewright.model.receiver_table import OLDEST, RECEIVERS, Field, Fields
from gaugewright.model.receivers import check_channel, receiver_key, requirements, secret_file, settings
from hypothesis import given
from hypothesis import strategies as st

VALUES: Mapping[str, Any] = {
    "string": "some text",
    "bool": True,
    "int": 7,
    "duration": "1m30s",
    "url": "https://example.com/path",
    "address": "smtp.example.com:587",
    "file": "secrets/file",
    "strings": ["one", "two"],
    "map": {"key": "value"},
    "any": {"key": ["value"]},
    "secret": {"env": "SECRET"},
}


def complete(block: Fields, pick: int, newest: bool) -> dict[str, Any]:
    """All of a block's fields at once; of fields that exclude each other, the `pick`-th."""
    groups = (*block.one_of, *block.at_most_one)
    dropped = set()
    for group in groups:
        known = [name for name in group if newest or known_early(block.fields[name])]
        dropped.update(name for name in group if not known or name != known[pick % len(known)])
    return {
        name: value_of(field, pick, newest)
        for name, field in block.fields.items()
        if name not in dropped and (newest or known_early(field)) and (field.kind != "secret" or field.file_since)
    }


def known_early(field: Field) -> bool:
    secret_since = field.file_since if field.kind == "secret" else None
    return all(release is None or release <= OLDEST for release in (field.since, secret_since))


def value_of(field: Field, pick: int, newest: bool) -> Any:
    if field.inner is not None:
        block = complete(field.inner, pick, newest)
        return [block] if field.kind == "list" else {"X-Name": block} if field.keyed else block
    return field.choices[pick % len(field.choices)] if field.choices else VALUES[field.kind]


SPECIAL: Mapping[str, Mapping[str, Any]] = {
    "opsgenie": {"responders": [{"name": "team", "type": "team"}]},
    "webex": {"http_config": {"authorization": {"credentials_file": "secrets/webex"}}},
    "slack": {"update_message": False},
}
"""Values with a meaning of their own."""


def example(kind: str, pick: int, newest: bool) -> dict[str, Any]:
    fields = {**complete(RECEIVERS[kind].block, pick, newest), **SPECIAL.get(kind, {})}
    if not newest:
        fields = {name: value for name, value in fields.items() if known_early(field_of(kind, name))}
    if "app_token" in fields:
        for name in ("authorization", "bearer_token"):
            fields["http_config"].pop(name, None)
    return without_lone_no_proxy(fields)


def field_of(kind: str, name: str) -> Field:
    return RECEIVERS[kind].block.fields[name]


def without_lone_no_proxy(fields: dict[str, Any]) -> dict[str, Any]:
    """`no_proxy` needs `proxy_url`, a rule that is left to Alertmanager."""
    if isinstance(fields, dict):
        found = {name: without_lone_no_proxy(value) for name, value in fields.items()}
        if "proxy_url" not in found:
            found.pop("no_proxy", None)
        return found
    return fields


def configuration(kind: str, fields: Mapping[str, Any], inline: bool = False) -> str:
    """`inline`: secrets that the oldest release reads from no file stand there as themselves, which
    no spec can say; so the other fields of such receivers can be tried there too."""
    resolved, _ = settings(kind, "channel", fields)
    for group in RECEIVERS[kind].block.one_of if inline else ():
        field = field_of(kind, group[0])
        if field.kind == "secret" and field.file_since and field.file_since > OLDEST:
            resolved[group[0]] = "https://example.com/secret"
    receiver = {"name": "channel", receiver_key(kind): [resolved]}
    return yaml.safe_dump({"route": {"receiver": "channel"}, "receivers": [receiver]})


def refused(amtool: Path, folder: Path, texts: Mapping[str, str]) -> dict[str, str]:
    """Which of the configurations amtool refuses, and why."""
    for name, text in texts.items():
        (folder / f"{name}.yml").write_text(text)
    found = {}
    for name in texts:
        run = subprocess.run([amtool, "check-config", folder / f"{name}.yml"], capture_output=True, text=True)
        if run.returncode:
            found[name] = run.stdout + run.stderr
    return found


def is_newest(amtool: Path) -> bool:
    run = subprocess.run([amtool, "--version"], capture_output=True, text=True)
    return "version 0.25" not in run.stdout + run.stderr


def test_every_field_of_the_table_is_taken_by_alertmanager(amtool: Path, tmp_path: Path) -> None:
    newest = is_newest(amtool)
    kinds = [kind for kind, receiver in RECEIVERS.items() if newest or receiver.since is None]
    examples = {f"{kind}-{pick}": (kind, example(kind, pick, newest)) for kind in kinds for pick in range(4)}
    texts = {}
    for name, (kind, fields) in examples.items():
        if newest or loads_early(kind):
            assert check_channel(kind, fields) == []
            assert newest or requirements(kind, settings(kind, "c", fields)[0]) == ()
        texts[name] = configuration(kind, fields, inline=not newest)
    assert refused(amtool, tmp_path, texts) == {}


def loads_early(kind: str) -> bool:
    """Whether a channel of the kind can be configured, without a secret in it, in the oldest release."""
    receiver = RECEIVERS[kind]
    fields = receiver.block.fields
    needed = [any(known_early(fields[name]) for name in group) for group in receiver.block.one_of]
    return receiver.since is None and all(needed)


def test_what_needs_a_later_release_is_refused_by_the_oldest(amtool: Path, tmp_path: Path) -> None:
    if is_newest(amtool):
        pytest.skip("the newest release knows them all")
    later = {}
    for kind in RECEIVERS:
        base = example(kind, 0, newest=False)
        for name, field in RECEIVERS[kind].block.fields.items():
            value = {"env": "SECRET"} if field.file_since else value_of(field, 0, True)
            fields = {**base, name: value}
            if requirements(kind, settings(kind, "c", fields)[0]):
                later[f"{kind}-{name}"] = (kind, fields)
    assert len(later) > 12
    texts = {name: configuration(kind, fields, inline=True) for name, (kind, fields) in later.items()}
    assert set(refused(amtool, tmp_path, texts)) == set(later)


def test_a_secrets_file_counts_among_what_a_channel_needs() -> None:
    for kind, name, release in (
        ("webhook", "url", "0.26"),
        ("discord", "webhook_url", "0.27"),
        ("telegram", "bot_token", "0.26"),
        ("pushover", "token", "0.26"),
        ("slack", "app_token", "0.30"),
    ):
        resolved, _ = settings(kind, "channel", {name: {"env": "SECRET"}})
        assert requirements(kind, resolved) == ((f"{name}_file", release),)
    for kind, name in (("slack", "api_url"), ("pagerduty", "routing_key"), ("email", "auth_password")):
        assert requirements(kind, settings(kind, "channel", {name: {"env": "SECRET"}})[0]) == ()


def test_what_is_missing_for_the_check_is_missing_for_alertmanager(amtool: Path, tmp_path: Path) -> None:
    if not is_newest(amtool):
        pytest.skip("the table follows the newest release")
    texts = {}
    for kind, receiver in RECEIVERS.items():
        whole = example(kind, 0, newest=True)
        for number, group in enumerate(receiver.block.one_of):
            fields = {name: value for name, value in whole.items() if name not in group}
            [finding] = check_channel(kind, fields)
            assert finding.field is None
            assert group[0] in finding.message + finding.help
            texts[f"{kind}-{number}"] = configuration(kind, fields)
    assert set(texts) - set(refused(amtool, tmp_path, texts)) == set()


def secret_paths(block: Fields, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, field in block.fields.items():
        if field.kind == "secret":
            yield (*above, name)
        elif field.inner is not None and field.kind == "fields" and not field.keyed:
            yield from secret_paths(field.inner, (*above, name))


SECRETS = [(kind, path) for kind in RECEIVERS for path in secret_paths(RECEIVERS[kind].block)]


def nested(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    return {path[0]: nested(path[1:], value) if len(path) > 1 else value}


@given(place=st.sampled_from(SECRETS), secret=st.text(min_size=8).filter(lambda text: len(set(text)) > 4))
def test_a_secret_in_the_spec_is_found_and_is_in_no_message_or_setting(
    place: tuple[str, tuple[str, ...]], secret: str
) -> None:
    kind, path = place
    fields = nested(path, "s3cr3t" + secret)
    found = check_channel(kind, fields)
    assert any(finding.field == path for finding in found)
    assert "s3cr3t" not in repr(found) + repr(settings(kind, "channel", fields))


@pytest.mark.parametrize(("kind", "path"), SECRETS)
def test_a_secret_of_the_environment_becomes_a_file_or_says_why_not(kind: str, path: tuple[str, ...]) -> None:
    fields = nested(path, {"env": "MY_SECRET"})
    about = [finding for finding in check_channel(kind, fields) if finding.field == path]
    resolved, secrets = settings(kind, "the channel", fields)
    if about:
        assert "cannot be kept out" in about[0].message
        assert secrets == ()
        return
    [secret] = secrets
    assert (secret.env, secret.field, secret.channel) == ("MY_SECRET", ".".join(path), "the channel")
    for step in path[:-1]:
        resolved = resolved[step]
    assert resolved == {f"{path[-1]}_file": secret.file}


@pytest.mark.parametrize(
    ("kind", "fields", "field", "words"),
    [
        ("slack", {"api_url_file": "f", "chanel": "#ops"}, ("chanel",), 'Did you mean "channel"?'),
        ("webhook", {"url": "https://user:pass@example.com/"}, ("url",), "url_file"),
        ("webhook", {"url": "https://example.com/?access_token=abc"}, ("url",), "url_file"),
        ("webhook", {"url": "https://hooks.slack.com/services/T0/B0/abc"}, ("url",), "url_file"),
        ("webhook", {"url": "example.com"}, ("url",), "http://"),
        ("webhook", {"url": "http://x", "url_file": "f"}, ("url_file",), "Keep one"),
        ("webhook", {"url": "http://x", "max_alerts": "many"}, ("max_alerts",), "whole number"),
        ("webhook", {"url": "http://x", "timeout": "1d"}, ("timeout",), "1h30m"),
        ("email", {"to": "a@b", "from": "c@d", "smarthost": "host"}, ("smarthost",), "host:port"),
        ("telegram", {"bot_token_file": "f", "chat_id": 1, "parse_mode": "html"}, ("parse_mode",), "HTML"),
        ("pagerduty", {"routing_key": {"env": "NOT OK"}}, ("routing_key",), "{env: NAME}"),
        ("sns", {"topic_arn": "arn", "sigv4": {"secret_key": {"env": "X"}}}, ("sigv4", "secret_key"), "role"),
        ("webex", {"room_id": "r", "http_config": {}}, ("http_config",), "credentials_file"),
        ("slack", {"api_url_file": "f", "actions": [{"type": "button", "url": "u"}]}, ("actions", 0), "text"),
        (
            "slack",
            {"app_token_file": "f", "http_config": {"authorization": {"credentials_file": "f"}}},
            ("http_config",),
            "Leave authorization out",
        ),
        ("slack", {"api_url_file": "f", "update_message": True}, ("update_message",), "chat.postMessage"),
    ],
)
def test_one_mistake_gives_one_finding_with_its_mend(
    kind: str, fields: dict[str, Any], field: tuple[str | int, ...], words: str
) -> None:
    [finding] = check_channel(kind, fields)
    assert finding.field == field
    assert words in finding.message + " " + finding.help


@given(
    kind=st.sampled_from(sorted(RECEIVERS)),
    name=st.text(min_size=1),
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    ),
)
def test_no_value_breaks_the_check(kind: str, name: str, value: Any) -> None:
    for fields in ({name: value}, *({known: value} for known in RECEIVERS[kind].block.fields)):
        check_channel(kind, fields)
        settings(kind, name, fields)


@given(st.text(min_size=1), st.text(min_size=1))
def test_secret_files_of_two_channels_are_two_and_stay_in_their_folder(one: str, other: str) -> None:
    files = {secret_file(name, "url") for name in (one, other)}
    assert len(files) == len({one, other})
    assert all(file.startswith("secrets/") and "/" not in file[8:] and ".." not in file[:10] for file in files)
