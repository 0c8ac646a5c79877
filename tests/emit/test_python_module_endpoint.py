"""The generated module's endpoint: what it answers, to whom, in which format; and the settings that say so."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from tests.emit.python.modules import EXAMPLE, imported, model_of, source_of
from tests.emit.python.scraping import GOOD, PASSWORD, USER, ask, basic, free_port


@pytest.fixture(scope="module")
def module() -> Iterator[ModuleType]:
    with imported(source_of(model_of(EXAMPLE))) as generated:
        yield generated


@pytest.fixture
def metrics(module: ModuleType) -> Iterator[Any]:
    config = module.MetricsConfig(basic_auth_username=USER, basic_auth_password=PASSWORD)
    metrics = module.Metrics(config)
    yield metrics
    metrics.close()


def test_it_serves_the_metrics_on_a_free_port_until_it_is_closed(metrics: Any) -> None:
    with metrics.serve(port=0) as server:
        port = server.port
        status, headers, body = ask(server)
        assert (status, headers["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
        assert int(headers["Content-Length"]) == len(body)
        assert "proxywhirl_requests" in {family.name for family in read_text(body.decode())}
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
        pass
    server.close()


def test_it_serves_where_the_configuration_says(module: ModuleType) -> None:
    port = free_port()
    config = module.MetricsConfig(
        exposition_port=port,
        exposition_path="/internal/metrics",
        basic_auth_username=None,
        basic_auth_password=None,
    )
    metrics = module.Metrics(config)
    with metrics.serve() as server:
        assert server.port == port
        assert ask(server, "/internal/metrics", headers={})[0] == 200
        assert ask(server, "/metrics", headers={})[0] == 404


def test_a_head_request_has_the_headers_of_get_and_no_body(metrics: Any) -> None:
    with metrics.serve(port=0) as server:
        status, headers, body = ask(server, method="HEAD")
        assert (status, body) == (200, b"")
        assert int(headers["Content-Length"]) > 1000


def test_other_paths_are_not_found_and_other_methods_not_allowed(metrics: Any) -> None:
    with metrics.serve(port=0) as server:
        assert ask(server, "/")[0] == 404
        assert ask(server, "/metrics/")[0] == 404
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH"):
            status, headers, _ = ask(server, method=method)
            assert (status, headers["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Basic",
        "Basic ",
        "Basic !!!",
        basic(f"{USER}:{PASSWORD} "),
        basic(f"{USER}:"),
        basic(f":{PASSWORD}"),
        basic(f"{USER.upper()}:{PASSWORD}"),
        basic(USER + PASSWORD),
        basic(b"\xff\xfe:\x00"),
        basic(f"{USER}:{PASSWORD}").replace("Basic", "Bearer"),
    ],
)
def test_without_the_right_credentials_there_is_nothing_to_read(metrics: Any, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    with metrics.serve(port=0) as server:
        status, answered, body = ask(server, headers=headers)
    assert (status, body) == (401, b"Unauthorized\n")
    assert answered["WWW-Authenticate"].startswith("Basic realm=")


def test_user_and_password_are_both_compared_in_constant_time(
    module: ModuleType, metrics: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is given, the same comparisons of texts of the same length are made, none of them left out."""
    compared: list[tuple[int, int]] = []
    compare_digest = module.hmac.compare_digest

    class Watched:
        @staticmethod
        def compare_digest(given: bytes, right: bytes) -> bool:
            compared.append((len(given), len(right)))
            return bool(compare_digest(given, right))

    monkeypatch.setattr(module, "hmac", Watched)
    given = ["", f"{USER}:{PASSWORD}", f"{USER}:x", f"x:{PASSWORD}", "x:y", "no colon", f"{USER}:{'x' * 5000}"]
    lets_in = [module._is_authorized(basic(text), metrics.config.credentials()) for text in given]
    assert lets_in == [text == f"{USER}:{PASSWORD}" for text in given]
    assert compared == [(32, 32)] * 2 * len(given)


def test_a_password_may_have_colons(module: ModuleType) -> None:
    config = module.MetricsConfig(basic_auth_username=USER, basic_auth_password="a:b:c:d:e")
    assert module._is_authorized(basic(f"{USER}:a:b:c:d:e"), config.credentials())
    assert not module._is_authorized(basic(f"{USER}:a"), config.credentials())


@pytest.mark.parametrize(
    ("accept", "openmetrics"),
    [
        ("application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.1", True),
        ("application/openmetrics-text", True),
        ("text/plain", False),
        ("text/plain;q=0.9, application/openmetrics-text;q=0.2", False),
        ("application/openmetrics-text;q=0", False),
        ("application/openmetrics-text;q=nonsense", False),
        ("*/*", False),
        ("", False),
        (";;q=,,", False),
    ],
)
def test_the_format_is_the_one_that_accept_prefers(metrics: Any, accept: str, openmetrics: bool) -> None:
    with metrics.serve(port=0) as server:
        _, headers, body = ask(server, headers={**GOOD, "Accept": accept})
    assert headers["Content-Type"].startswith(
        "application/openmetrics-text; version=1.0.0" if openmetrics else "text/plain"
    )
    assert list((read_openmetrics if openmetrics else read_text)(body.decode()))


@pytest.mark.parametrize(("encoding", "packed"), [("gzip", True), ("br, gzip;q=0.1", True), ("gzip;q=0", False)])
def test_the_answer_is_compressed_where_that_is_accepted(metrics: Any, encoding: str, packed: bool) -> None:
    with metrics.serve(port=0) as server:
        _, headers, body = ask(server, headers={**GOOD, "Accept-Encoding": encoding})
    assert (headers.get("Content-Encoding") == "gzip") is packed
    assert b"proxywhirl_pool_size" in (gzip.decompress(body) if packed else body)


def test_single_series_can_be_asked_for_by_name(metrics: Any) -> None:
    with metrics.serve(port=0) as server:
        _, _, body = ask(server, "/metrics?name[]=proxywhirl_pool_size&name[]=proxywhirl_requests_total")
    assert {family.name for family in read_text(body.decode())} == {"proxywhirl_pool_size", "proxywhirl_requests"}


def test_without_a_password_it_does_not_serve_and_does_not_let_in(
    module: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PROXYWHIRL_METRICS_PASSWORD", raising=False)
    metrics = module.Metrics()
    with pytest.raises(ValueError, match="PROXYWHIRL_METRICS_PASSWORD is not set"):
        metrics.serve(port=0)
    assert ask_wsgi(metrics)[0] == "503 Service Unavailable"
    monkeypatch.setenv("PROXYWHIRL_METRICS_PASSWORD", PASSWORD)
    assert ask_wsgi(metrics)[0] == "200 OK"


def test_a_password_that_cannot_be_read_is_logged_once_and_again_after_it_could(
    module: ModuleType, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "password"
    secret = module.Secret(file=str(file))
    metrics = module.Metrics(module.MetricsConfig(basic_auth_username=USER, basic_auth_password=secret))
    for _ in range(2):
        file.write_bytes(b"\xff\xfe a wrong encoding")
        for _ in range(3):
            assert ask_wsgi(metrics)[0] == "503 Service Unavailable"
        file.write_text(PASSWORD)
        assert ask_wsgi(metrics)[0] == "200 OK"
    assert [record.getMessage() for record in caplog.records] == [f"the metrics are not served: {file} is no UTF-8"] * 2


def test_what_a_foreign_secret_raises_is_not_shown(module: ModuleType, caplog: pytest.LogCaptureFixture) -> None:
    class Vault:
        def get_secret_value(self) -> str:
            raise KeyError("a secret detail")

    metrics = module.Metrics(module.MetricsConfig(basic_auth_username=USER, basic_auth_password=Vault()))
    assert ask_wsgi(metrics)[0] == "503 Service Unavailable"
    assert "a secret detail" not in caplog.text


def ask_wsgi(metrics: Any, **environ: str) -> tuple[str, dict[str, str], bytes]:
    request: dict[str, Any] = {"HTTP_AUTHORIZATION": GOOD["Authorization"], **environ}
    setup_testing_defaults(request)
    answered: list[Any] = []
    body = b"".join(metrics.wsgi_app()(request, lambda status, headers: answered.extend((status, dict(headers)))))
    return answered[0], answered[1], body


def test_the_wsgi_application_answers_like_the_server(metrics: Any) -> None:
    status, _, body = ask_wsgi(metrics)
    assert (status, b"proxywhirl_pool_size" in body) == ("200 OK", True)
    assert ask_wsgi(metrics, HTTP_AUTHORIZATION="")[0] == "401 Unauthorized"
    assert ask_wsgi(metrics, REQUEST_METHOD="POST")[0] == "405 Method Not Allowed"
    status, _, body = ask_wsgi(metrics, REQUEST_METHOD="HEAD")
    assert (status, body) == ("200 OK", b"")


def test_a_failing_collector_of_someone_else_gives_500_and_no_traceback(metrics: Any) -> None:
    class Broken:
        def collect(self) -> Iterator[Any]:
            raise RuntimeError("secret detail")

    metrics.registry.register(Broken())
    status, _, body = ask_wsgi(metrics)
    assert (status, body) == ("500 Internal Server Error", b"Internal Server Error\n")


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"enabled": 1}, "enabled"),
        ({"exposition_host": "not a host"}, "exposition_host"),
        ({"exposition_port": 80}, "exposition_port"),
        ({"exposition_port": 65536}, "exposition_port"),
        ({"exposition_port": "9090"}, "exposition_port"),
        ({"exposition_port": 8000}, "service's own port"),
        ({"exposition_path": "metrics"}, "exposition_path"),
        ({"scrape_interval_seconds": 0}, "scrape_interval_seconds"),
        ({"scrape_interval_seconds": 3601}, "scrape_interval_seconds"),
        ({"label_cardinality_limit": 99}, "label_cardinality_limit"),
        ({"histogram_buckets": [1]}, "histogram_buckets"),
        ({"histogram_buckets": [1, 1]}, "histogram_buckets"),
        ({"histogram_buckets": [1, float("inf")]}, "histogram_buckets"),
        ({"histogram_buckets": "12"}, "histogram_buckets"),
        ({"basic_auth_username": "ab", "basic_auth_password": PASSWORD}, "basic_auth_username"),
        ({"basic_auth_username": None}, "together"),
        ({"basic_auth_password": None}, "together"),
        ({"basic_auth_password": "short"}, "8 characters"),
    ],
)
def test_a_setting_out_of_its_range_is_told(module: ModuleType, settings: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        module.MetricsConfig(**settings)


def test_the_defaults_are_the_specs(module: ModuleType) -> None:
    ours, theirs = module.MetricsConfig(), model_of(EXAMPLE).config
    for name in ("enabled", "exposition_host", "exposition_port", "exposition_path", "scrape_interval_seconds",
                 "enable_process_metrics", "enable_pool_metrics", "enable_request_metrics", "histogram_buckets",
                 "label_cardinality_limit", "basic_auth_username"):  # fmt: skip
        assert getattr(ours, name) == getattr(theirs, name)
    assert repr(ours.basic_auth_password) == "Secret(env='PROXYWHIRL_METRICS_PASSWORD')"


@given(st.text(min_size=8, alphabet=st.characters(exclude_categories=["Cs"])))
def test_a_password_is_in_no_text_of_the_configuration(module: ModuleType, password: str) -> None:
    unlikely = f"<{password}>"
    config = module.MetricsConfig(basic_auth_password=unlikely)
    shown = [repr(config), str(config), repr(config.basic_auth_password), str(config.basic_auth_password)]
    assert not any(unlikely in text for text in shown)
    assert config.credentials() == (USER, unlikely)


def test_a_password_comes_from_a_file_or_from_pydantic_too(module: ModuleType, tmp_path: Path) -> None:
    from pydantic import SecretStr

    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    from_file = module.MetricsConfig(basic_auth_password=module.Secret(file=str(tmp_path / "password")))
    assert from_file.credentials() == (USER, PASSWORD)
    assert module.MetricsConfig(basic_auth_password=SecretStr(PASSWORD)).credentials() == (USER, PASSWORD)
    missing = module.MetricsConfig(basic_auth_password=module.Secret(file=str(tmp_path / "none")))
    with pytest.raises(ValueError, match="cannot be read"):
        missing.credentials()
