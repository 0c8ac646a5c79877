"""Which fields Alertmanager's receivers have: the table, and nothing else.

Read from Alertmanager's own source (config/notifiers.go, notify/*/config.go, and the HTTP client of
prometheus/common), 0.25 to 0.34. `since` is the first release that knows a field; what has none was
there in 0.25, the oldest release that the outputs are made for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

OLDEST = "0.25"

Kind = Literal[
    "string",
    "bool",
    "int",
    "duration",
    "url",
    "address",
    "file",
    "secret",
    "strings",
    "map",
    "any",
    "fields",
    "list",
]


@dataclass(frozen=True, slots=True)
class Fields:
    """A block of fields. Of each group in `one_of` exactly one must stand, of each in `at_most_one`
    no more than one; a secret's `_file` form counts as the secret."""

    fields: Mapping[str, Field]
    one_of: tuple[tuple[str, ...], ...] = ()
    at_most_one: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `choices` are the only values it takes.

    A secret (and a URL that may be one) has `file_since`, the release that first read it from
    `<name>_file`; a secret without it cannot be kept out of the configuration. `public` are values of
    a secret that everybody knows. `inner` is the block of a `fields`, or of each item of a `list`;
    `keyed` says that the block's names are free and `inner` describes each value.
    `nested_since` is the release that first took more than texts as a map's values. `write` is the mend
    where the field is missing, or a secret of it cannot be read from a file.
    """

    kind: Kind
    since: str | None = None
    file_since: str | None = None
    choices: tuple[str, ...] = ()
    public: tuple[str, ...] = ()
    inner: Fields | None = None
    keyed: bool = False
    nested_since: str | None = None
    write: str = ""


@dataclass(frozen=True, slots=True)
class Receiver:
    """`key` is what the receiver's block stands under; `since` as for fields. `closes_incidents`: a
    resolved message closes an incident, which stays open where the message never comes."""

    key: str
    block: Fields
    since: str | None = None
    closes_incidents: bool = False


def _each(kind: Kind, names: str, since: str | None = None) -> dict[str, Field]:
    return {name: Field(kind, since=since) for name in names.split()}


def _block(kind: Literal["fields", "list"], inner: Fields, since: str | None = None) -> Field:
    return Field(kind, since=since, inner=inner)


def _secret(file_since: str | None = OLDEST, since: str | None = None) -> Field:
    return Field("secret", since=since, file_since=file_since)


_TLS_VERSIONS = ("TLS10", "TLS11", "TLS12", "TLS13")

_TLS = Fields(
    {
        **_each("file", "ca_file cert_file key_file"),
        "ca": Field("string", since="0.28"),
        "cert": Field("string", since="0.28"),
        "key": _secret(),
        "server_name": Field("string"),
        "insecure_skip_verify": Field("bool"),
        "min_version": Field("string", choices=_TLS_VERSIONS),
        "max_version": Field("string", choices=_TLS_VERSIONS),
    },
    at_most_one=(("ca", "ca_file"), ("cert", "cert_file")),
)

_PROXY: dict[str, Field] = {
    "proxy_url": Field("url"),
    "no_proxy": Field("string", since="0.26"),
    "proxy_from_environment": Field("bool", since="0.26"),
    "proxy_connect_header": Field(
        "secret", since="0.26", write="Leave it out, and let a proxy that knows its clients by their address take them."
    ),
}

_OAUTH2 = Fields(
    {
        "client_id": Field("string"),
        "token_url": Field("url"),
        "client_secret": _secret(),
        "client_certificate_key": _secret(since="0.30"),
        **_each("string", "client_certificate_key_id grant_type signature_algorithm iss audience", "0.30"),
        "claims": Field("any", since="0.30"),
        "scopes": Field("strings"),
        "endpoint_params": Field("map"),
        "tls_config": _block("fields", _TLS),
        **_PROXY,
    },
    one_of=(("client_id",), ("token_url",), ("client_secret", "client_certificate_key")),
    at_most_one=(("proxy_url", "proxy_from_environment"),),
)

_HEADER = Fields(
    {
        "values": Field("strings"),
        "secrets": Field("secret", write="Write files: [PATH], whose content becomes the header's value."),
        "files": Field("strings"),
    },
)

_HTTP = Fields(
    {
        "basic_auth": _block(
            "fields",
            Fields(
                {
                    "username": Field("string"),
                    "username_file": Field("file", since="0.28"),
                    "password": _secret(),
                },
                one_of=(("username", "username_file"),),
            ),
        ),
        "authorization": _block(
            "fields", Fields({"type": Field("string"), "credentials": _secret()}, one_of=(("credentials",),))
        ),
        "oauth2": _block("fields", _OAUTH2),
        "bearer_token": _secret(),
        "tls_config": _block("fields", _TLS),
        **_each("bool", "follow_redirects enable_http2"),
        **_PROXY,
        "http_headers": Field("fields", since="0.28", inner=_HEADER, keyed=True),
    },
    at_most_one=(
        ("basic_auth", "authorization", "oauth2", "bearer_token"),
        ("proxy_url", "proxy_from_environment"),
    ),
)

_HTTP_CONFIG = {"http_config": _block("fields", _HTTP)}
_TIMEOUT = {"timeout": Field("duration", since="0.30")}

_EMAIL = Fields(
    {
        **_each("string", "to from hello auth_username auth_identity html text"),
        "smarthost": Field("address"),
        "auth_password": _secret(),
        "auth_secret": _secret("0.31"),
        "headers": Field("map"),
        "require_tls": Field("bool"),
        "tls_config": _block("fields", _TLS),
        "force_implicit_tls": Field("bool", since="0.31"),
        "threading": _block(
            "fields",
            Fields(
                {"enabled": Field("bool"), "thread_by_date": Field("string", choices=("none", "daily"))},
                one_of=(("enabled",), ("thread_by_date",)),
            ),
            since="0.30",
        ),
    },
    one_of=(("to",), ("from",), ("smarthost",)),
)

_SLACK_ACTION = Fields(
    {
        **_each("string", "type text url style name value"),
        "confirm": _block("fields", Fields(_each("string", "text title ok_text dismiss_text"), one_of=(("text",),))),
    },
    one_of=(("type",), ("text",), ("url", "name")),
)
_SLACK_FIELD = Fields({**_each("string", "title value"), "short": Field("bool")}, one_of=(("title",), ("value",)))
_SLACK_POST = "https://slack.com/api/chat.postMessage"

_SLACK = Fields(
    {
        **_HTTP_CONFIG,
        "api_url": Field("secret", file_since=OLDEST, public=(_SLACK_POST,)),
        "app_token": _secret("0.30", since="0.30"),
        "app_url": Field("url", since="0.30"),
        **_each("string", "channel username color title title_link pretext text footer fallback"),
        **_each("string", "callback_id icon_emoji icon_url image_url thumb_url"),
        "message_text": Field("string", since="0.31"),
        "fields": _block("list", _SLACK_FIELD),
        "actions": _block("list", _SLACK_ACTION),
        "mrkdwn_in": Field("strings"),
        **_each("bool", "short_fields link_names"),
        "update_message": Field("bool", since="0.32"),
        **_TIMEOUT,
    },
    one_of=(("api_url", "app_token"),),
)

_PAGERDUTY = Fields(
    {
        **_HTTP_CONFIG,
        "service_key": _secret(),
        "routing_key": _secret(),
        "url": Field("url"),
        **_each("string", "client client_url description source severity class component group"),
        "details": Field("map", nested_since="0.30"),
        "images": _block("list", Fields(_each("string", "src alt href"))),
        "links": _block("list", Fields(_each("string", "href text"))),
        **_TIMEOUT,
    },
    one_of=(("routing_key", "service_key"),),
)

_WEBHOOK = Fields(
    {
        **_HTTP_CONFIG,
        "url": Field("url", file_since="0.26"),
        "max_alerts": Field("int"),
        "timeout": Field("duration", since="0.28"),
        "payload": Field("any", since="0.32"),
    },
    one_of=(("url",),),
)

_RESPONDER = Fields(_each("string", "id name username type"), one_of=(("id", "name", "username"), ("type",)))

_OPSGENIE = Fields(
    {
        **_HTTP_CONFIG,
        "api_key": _secret(),
        "api_url": Field("url"),
        **_each("string", "message description source entity actions tags note priority"),
        "details": Field("map"),
        "responders": _block("list", _RESPONDER),
        "update_alerts": Field("bool"),
    },
    one_of=(("api_key",),),
)

_MSTEAMS = Fields(
    {**_HTTP_CONFIG, "webhook_url": _secret("0.27"), **_each("string", "title summary text")},
    one_of=(("webhook_url",),),
)
_MSTEAMSV2 = Fields(
    {**_HTTP_CONFIG, "webhook_url": _secret("0.28"), **_each("string", "title text")},
    one_of=(("webhook_url",),),
)
_DISCORD = Fields(
    {
        **_HTTP_CONFIG,
        "webhook_url": _secret("0.27"),
        **_each("string", "title message"),
        "content": Field("string", since="0.28"),
        "username": Field("string", since="0.28"),
        "avatar_url": Field("url", since="0.28"),
    },
    one_of=(("webhook_url",),),
)

_TELEGRAM = Fields(
    {
        **_HTTP_CONFIG,
        "api_url": Field("url"),
        "bot_token": _secret("0.26"),
        "chat_id": Field("int"),
        "chat_id_file": Field("file", since="0.31"),
        "message_thread_id": Field("int", since="0.28"),
        "message": Field("string"),
        "disable_notifications": Field("bool"),
        "parse_mode": Field("string", choices=("Markdown", "MarkdownV2", "HTML", "")),
    },
    one_of=(("bot_token",), ("chat_id", "chat_id_file")),
)

_VICTOROPS = Fields(
    {
        **_HTTP_CONFIG,
        "api_key": _secret(),
        "api_url": Field("url"),
        **_each("string", "routing_key message_type state_message entity_display_name monitoring_tool"),
        "custom_fields": Field("map"),
    },
    one_of=(("api_key",), ("routing_key",)),
)

_AWS_KEY = Field(
    "secret",
    write="Leave it out: the environment of Alertmanager (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY), a profile,"
    " or a role (role_arn) gives the credentials.",
)
_SIGV4 = Fields(
    {
        **_each("string", "region profile role_arn"),
        **_each("string", "external_id service_name", "0.31"),
        "use_fips_sts_endpoint": Field("bool", since="0.31"),
        "access_key": _AWS_KEY,
        "secret_key": _AWS_KEY,
    }
)
_SNS = Fields(
    {
        **_HTTP_CONFIG,
        **_each("string", "topic_arn phone_number target_arn subject message"),
        "api_url": Field("url"),
        "sigv4": _block("fields", _SIGV4),
        "attributes": Field("map"),
        "use_aws_http_client": Field("bool", since="0.33"),
    },
    one_of=(("topic_arn", "target_arn", "phone_number"),),
)

_WEBEX = Fields(
    {
        "http_config": Field(
            "fields", inner=_HTTP, write="Write http_config: {authorization: {credentials_file: PATH}}."
        ),
        "api_url": Field("url"),
        **_each("string", "room_id message"),
    },
    one_of=(("room_id",), ("http_config",)),
)

_PUSHOVER = Fields(
    {
        **_HTTP_CONFIG,
        "user_key": _secret("0.26"),
        "token": _secret("0.26"),
        **_each("string", "title message url url_title sound priority"),
        "device": Field("string", since="0.26"),
        **_each("duration", "retry expire"),
        "ttl": Field("duration", since="0.27"),
        "html": Field("bool"),
        "monospace": Field("bool", since="0.29"),
    },
    one_of=(("user_key",), ("token",)),
    at_most_one=(("html", "monospace"),),
)

RECEIVERS: Mapping[str, Receiver] = {
    "email": Receiver("email_configs", _EMAIL),
    "slack": Receiver("slack_configs", _SLACK),
    "pagerduty": Receiver("pagerduty_configs", _PAGERDUTY, closes_incidents=True),
    "webhook": Receiver("webhook_configs", _WEBHOOK),
    "opsgenie": Receiver("opsgenie_configs", _OPSGENIE, closes_incidents=True),
    "msteams": Receiver("msteams_configs", _MSTEAMS, since="0.26"),
    "msteamsv2": Receiver("msteamsv2_configs", _MSTEAMSV2, since="0.28"),
    "discord": Receiver("discord_configs", _DISCORD),
    "telegram": Receiver("telegram_configs", _TELEGRAM),
    "victorops": Receiver("victorops_configs", _VICTOROPS, closes_incidents=True),
    "sns": Receiver("sns_configs", _SNS),
    "webex": Receiver("webex_configs", _WEBEX),
    "pushover": Receiver("pushover_configs", _PUSHOVER),
}


def known_field(block: Fields, name: str) -> tuple[Field, str] | None:
    """The field that a key sets, and how: as "value" or as "file"."""
    if name in block.fields:
        return block.fields[name], "value"
    base = name.removesuffix("_file")
    field = block.fields.get(base)
    return (field, "file") if field and base != name and field.file_since else None
