"""What counts as an address or a credential, and what only looks like one."""

import pytest
from gaugewright.checks.sensitive import sensitive_parts

SENSITIVE = [
    ("ask 10.1.2.3 now", "10.1.2.3"),
    ("at 192.168.0.1:8080/x", "192.168.0.1"),
    ("host 2001:db8::1 is down", "2001:db8::1"),
    ("host [2001:db8::1]:9090", "[2001:db8::1]"),
    ("on fe80::1", "fe80::1"),
    ("https://me:pw@example.com/x", "https://me:pw@example.com"),
    ("https://token@example.com/x", "https://token@example.com"),
    ("postgres://u:p@db/x", "postgres://u:p@db"),
    ("Authorization: Bearer abcdefghijklmnop1234", "Bearer abcdefghijklmnop1234"),
    ("password=hunter22", "password=hunter22"),
    ("api_key: 0123456789", "api_key: 0123456789"),
    ("ghp_" + "a1B2" * 9, "ghp_" + "a1B2" * 9),
    ("AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE"),
    ("xoxb-123456789012-abcdef", "xoxb-123456789012-abcdef"),
]
HARMLESS = [
    "us-east-1",
    "version 1.2.3",
    "build 1.2.3.4.5",
    "999.999.999.999",
    "v10.1.2.3beta",
    "pool:requests:rate5m",
    "12:30:45",
    "00:11",
    "a::b",
    "std::vector",
    "{{ $labels.token }}",
    "token: {{ $labels.x }}",
    "the password was changed",
    "https://example.com/path?a=b",
    "https://example.com:8080/@me",
    "mail ops@example.com",
    "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8",
    "/api/v1/users/{id}",
    "Basic checks failed",
]


@pytest.mark.parametrize(("text", "part"), SENSITIVE)
def test_what_is_sensitive_is_found_at_its_characters(text: str, part: str) -> None:
    found = sensitive_parts(text)
    assert [text[item.start : item.end] for item in found] == [part]


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_looks_like_it_is_left_alone(text: str) -> None:
    assert sensitive_parts(text) == []
