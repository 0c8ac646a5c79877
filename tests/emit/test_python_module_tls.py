"""The endpoint over TLS: certificates from files, renewed while it runs, clients that must have one of their own."""

from __future__ import annotations

import http.client
import os
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.conftest import IN_CI
from tests.emit.python.modules import EXAMPLE, imported, model_of, source_of
from tests.emit.python.scraping import OPEN, answer_on, ask, connect, heard, say


@pytest.fixture(scope="module")
def module() -> Iterator[ModuleType]:
    with imported(source_of(model_of(EXAMPLE))) as generated:
        yield generated


@pytest.fixture
def metrics(module: ModuleType) -> Iterator[Any]:
    metrics = module.Metrics(module.MetricsConfig(**OPEN))
    yield metrics
    metrics.close()


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1 and its key, as PEM files."""
    program = shutil.which("openssl")
    if program is None:
        (pytest.fail if IN_CI else pytest.skip)("no openssl, which makes the certificates of these tests")
    paths = folder / f"{name}.pem", folder / f"{name}.key"
    command = [program, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    command += ["-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1"]
    command += ["-out", str(paths[0]), "-keyout", str(paths[1])]
    subprocess.run(command, check=True, capture_output=True)
    return paths


def trusting(authority: Path, own: tuple[Path, Path] | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(authority))
    if own is not None:
        context.load_cert_chain(*own)
    return context


def test_it_speaks_tls_with_the_certificate_of_the_files(metrics: Any, tmp_path: Path) -> None:
    pem, key = certificate(tmp_path, "first")
    with metrics.serve(port=0, tls_certificate=pem, tls_key=key) as server:
        assert server.url == f"https://127.0.0.1:{server.port}/metrics"
        status, _, body = ask(server, tls=trusting(pem))
        assert (status, b"proxywhirl_pool_size" in body) == (200, True)


def test_a_connection_is_kept_and_a_large_answer_is_whole(module: ModuleType, metrics: Any, tmp_path: Path) -> None:
    pem, key = certificate(tmp_path, "first")

    class Large:
        def collect(self) -> Iterator[Any]:
            yield module.Metric("large", "x" * 3_000_000, "gauge")

    metrics.registry.register(Large())
    with metrics.serve(port=0, tls_certificate=pem, tls_key=key) as server:
        connection = http.client.HTTPSConnection("127.0.0.1", server.port, timeout=60, context=trusting(pem))
        for _ in range(3):
            connection.request("GET", "/metrics")
            status, headers, body = answer_on(connection)
            assert (status, len(body)) == (200, int(headers["Content-Length"]))
        connection.close()


def test_a_renewed_certificate_is_taken_and_a_wrong_one_is_not(
    metrics: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = certificate(tmp_path, "first"), certificate(tmp_path, "second")
    pem, key = tmp_path / "live.pem", tmp_path / "live.key"
    shutil.copy(first[0], pem)
    shutil.copy(first[1], key)
    with metrics.serve(port=0, tls_certificate=pem, tls_key=key) as server:
        assert ask(server, tls=trusting(first[0]))[0] == 200
        swap(second[0], pem)  # its key follows later, as a renewal may do
        for _ in range(3):
            assert ask(server, tls=trusting(first[0]))[0] == 200
        assert len(caplog.records) == 1
        swap(second[1], key)
        assert ask(server, tls=trusting(second[0]))[0] == 200
        with pytest.raises(ssl.SSLCertVerificationError):
            ask(server, tls=trusting(first[0]))
        pem.unlink()
        assert ask(server, tls=trusting(second[0]))[0] == 200


def swap(new: Path, old: Path) -> None:
    beside = old.with_suffix(".new")
    shutil.copy(new, beside)
    os.replace(beside, old)


def test_with_a_client_authority_only_its_clients_are_let_in(metrics: Any, tmp_path: Path) -> None:
    pem, key = certificate(tmp_path, "server")
    client, stranger = certificate(tmp_path, "client"), certificate(tmp_path, "stranger")
    with metrics.serve(port=0, tls_certificate=pem, tls_key=key, client_ca=client[0]) as server:
        assert ask(server, tls=trusting(pem, client))[0] == 200
        for unknown in (None, stranger):
            with pytest.raises((ssl.SSLError, ConnectionError)):
                ask(server, tls=trusting(pem, unknown))


def test_files_that_cannot_be_used_are_named_at_once(metrics: Any, tmp_path: Path) -> None:
    pem, _ = certificate(tmp_path, "first")
    _, other = certificate(tmp_path, "other")
    with pytest.raises(FileNotFoundError, match=r"nothing\.pem"):
        metrics.serve(port=0, tls_certificate=tmp_path / "nothing.pem", tls_key=other)
    with pytest.raises(OSError, match="mismatch"):
        metrics.serve(port=0, tls_certificate=pem, tls_key=other)
    with pytest.raises(ValueError, match="tls_certificate"):
        metrics.serve(port=0, tls_key=other)


def test_an_encrypted_key_is_refused_and_nobody_is_asked_for_its_password(metrics: Any, tmp_path: Path) -> None:
    pem, key = certificate(tmp_path, "first")
    locked = tmp_path / "locked.key"
    command = ["openssl", "pkcs8", "-topk8", "-in", str(key), "-out", str(locked), "-passout", "pass:secret"]
    subprocess.run(command, check=True, capture_output=True)
    with pytest.raises((OSError, ValueError)):
        metrics.serve(port=0, tls_certificate=pem, tls_key=locked)


def test_those_who_do_not_speak_tls_get_nothing_and_hold_nobody_up(metrics: Any, tmp_path: Path) -> None:
    pem, key = certificate(tmp_path, "first")
    with metrics.serve(port=0, tls_certificate=pem, tls_key=key) as server:
        with connect(server) as silent, connect(server) as halfway:
            halfway.sendall(b"\x16\x03\x01\x02\x00\x01")
            assert b"proxywhirl" not in say(server, b"GET /metrics HTTP/1.0\r\n\r\n")
            assert ask(server, tls=trusting(pem))[0] == 200
            assert silent.fileno() > 0
        assert threading.active_count() < 20


def test_a_tls_client_at_a_plain_endpoint_is_told_that_it_is_no_request(metrics: Any, tmp_path: Path) -> None:
    with metrics.serve(port=0) as server:
        with pytest.raises(ssl.SSLError):
            ask(server, tls=ssl._create_unverified_context())
        assert ask(server)[0] == 200


def test_an_answer_before_the_body_was_read_arrives(metrics: Any, tmp_path: Path) -> None:
    pem, key = certificate(tmp_path, "first")
    with (
        metrics.serve(port=0, tls_certificate=pem, tls_key=key) as server,
        connect(server) as connection,
        trusting(pem).wrap_socket(connection, server_hostname="127.0.0.1") as client,
    ):
        client.sendall(b"POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\n\r\n" + b"x" * 50_000)
        assert heard(client).startswith(b"HTTP/1.1 405 ")
