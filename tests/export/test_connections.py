"""What is wrong with files is said before anything starts; what is wrong with connections is said in words."""

from __future__ import annotations

import re
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from gaugewright.export.errors import Misuse
from gaugewright.export.server import Server

from tests.conftest import IN_CI
from tests.export.exporting import Exporting, stored
from tests.export.fake import Answer, fake

NO_WORDS = re.compile(r"0x[0-9a-f]|urllib3|HTTPS?Connection|Errno|Error\(|BadStatusLine|_ssl|\('")


SAFE, PLAIN = "https://127.0.0.1:1", "http://127.0.0.1:1"
# Of a folder with the file `nonsense`.
UNUSABLE: dict[str, Callable[[str], Server]] = {
    "no CA": lambda folder: Server(SAFE, ca_file=f"{folder}/missing"),
    "no CA, and none needed": lambda folder: Server(PLAIN, ca_file=f"{folder}/missing"),
    "no certificates in the CA": lambda folder: Server(SAFE, ca_file=f"{folder}/nonsense"),
    "a folder": lambda folder: Server(SAFE, ca_file=folder),
    "no certificate": lambda folder: Server(SAFE, certificate_file=f"{folder}/missing", key_file=f"{folder}/nonsense"),
    "no key": lambda folder: Server(SAFE, certificate_file=f"{folder}/nonsense", key_file=f"{folder}/missing"),
    "a key that is none": lambda folder: Server(
        SAFE, certificate_file=f"{folder}/nonsense", key_file=f"{folder}/nonsense"
    ),
    "no token": lambda folder: Server(PLAIN, token_file=f"{folder}/missing"),
    "no password": lambda folder: Server(PLAIN, user="me", password_file=f"{folder}/missing"),
    "no variable": lambda folder: Server(PLAIN, user="me", password_env="GAUGEWRIGHT_NOT_SET"),
    "no header": lambda folder: Server(PLAIN, headers=(("X-Api-Key", f"{folder}/missing"),)),
    "no name": lambda folder: Server(PLAIN, token_file="a\0b"),
}


@pytest.mark.parametrize("case", UNUSABLE)
def test_a_file_that_cannot_be_used_is_refused_before_anything_starts(case: str, tmp_path: Path) -> None:
    (tmp_path / "nonsense").write_text("nonsense\n", "utf-8")
    server = UNUSABLE[case](str(tmp_path))
    there = {*tmp_path.iterdir()}
    exporting = Exporting(tmp_path, server)
    with pytest.raises(Misuse) as refused:
        exporting.run()
    assert "day.csv" not in str(refused.value)
    assert {path.name.split("-")[0] for path in {*tmp_path.iterdir()} - there} <= {"exports.db"}
    assert "INSERT" not in exporting.everything_recorded()
    assert exporting.said == []


def test_a_resumed_export_is_refused_too_and_its_record_stays_as_it_is(tmp_path: Path) -> None:
    with fake(stored(), lambda question, answer: Answer(400, b"")) as there:
        exporting = Exporting(tmp_path, Server(there.url))
        exporting.failure()
    before = exporting.everything_recorded()
    with pytest.raises(Misuse, match="missing cannot be read: No such file or directory"):
        exporting.resume(Server(there.url, token_file=str(tmp_path / "missing")))
    assert exporting.everything_recorded() == before


@contextmanager
def saying(content: bytes) -> Iterator[str]:
    """A server that says this to everyone and goes."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection, connection.makefile("rb") as question:
                    # All of it: a connection that is closed with something unread is reset.
                    *_, length = (int(line.split()[1]) for line in iter(question.readline, b"\r\n")
                                  if line.lower().startswith(b"content-length"))  # fmt: skip
                    question.read(length)
                    connection.sendall(content)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
    thread.join()


HEAD = b"HTTP/1.1 200 OK\r\n"
SAID: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "no connection to URL: the server closed the connection"),
    "garbage": (b"\x16\x03garbage\n\n", "no connection to URL: what came cannot be read"),
    "an endless header": (HEAD + b"X: " + b"y" * 70_000, "no connection to URL: what came cannot be read"),
    "less than announced": (HEAD + b"Content-Length: 9\r\n\r\n{}", "the answer was cut: the server closed"),
    "chunks that are none": (HEAD + b"Transfer-Encoding: chunked\r\n\r\nxy\r\n", "the answer was cut: the server"),
    "gzip that is none": (
        HEAD + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\nxy", "the answer was cut: what came cannot be"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", SAID)
def test_a_server_that_talks_nonsense_is_told_of_in_words(case: str, tmp_path: Path) -> None:
    content, expected = SAID[case]
    with saying(content) as address:
        message = Exporting(tmp_path, Server(f"http://{address}"), retry_for=0).failure()
    assert message.startswith(expected.replace("URL", f"http://{address}"))
    assert "given up after 1 attempt" in message
    assert not NO_WORDS.search(message)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_nobody_there(scheme: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"{scheme}://127.0.0.1:{server.getsockname()[1]}"
    message = Exporting(tmp_path, Server(url), retry_for=0).failure()
    assert message == f"no connection to {url}: Connection refused; given up after 1 attempt"


def test_no_tls_at_the_other_end_is_not_tried_again(tmp_path: Path) -> None:
    with fake([]) as there:
        exporting = Exporting(tmp_path, Server(there.url.replace("http:", "https:")))
        message = exporting.failure()
    assert message == f"no connection to {exporting.server.url}: TLS fails: wrong version number"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`server.pem` with its key for 127.0.0.1, signed by itself."""
    program = shutil.which("openssl")
    if program is None:
        (pytest.fail if IN_CI else pytest.skip)("no openssl, which makes the certificate of these tests")
    folder = tmp_path_factory.mktemp("certificates")
    command = [
        str(program), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
        "-days", "2", "-subj", "/CN=127.0.0.1",
        "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "server.key", "-out", "server.pem",
    ]  # fmt: skip
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder


@contextmanager
def encrypted(certificates: Path, wants_client: bool = False) -> Iterator[str]:
    """A server that has no samples."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            body = b'{"status":"success","data":{"resultType":"matrix","result":[]}}'
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            return

    class Quiet(HTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            return

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "server.pem", certificates / "server.key")
    if wants_client:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(certificates / "server.pem")
    server = Quiet(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_certificate_that_is_trusted(certificates: Path, tmp_path: Path) -> None:
    with encrypted(certificates) as url:
        record = Exporting(tmp_path, Server(url, ca_file=str(certificates / "server.pem"))).run()
    assert (record.status, record.rows) == ("completed", 0)


def test_a_certificate_that_is_not_trusted_is_not_tried_again(certificates: Path, tmp_path: Path) -> None:
    with encrypted(certificates) as url:
        message = Exporting(tmp_path, Server(url)).failure()
    assert message == f"no connection to {url}: its certificate is not accepted: self-signed certificate"


def test_a_client_that_shows_its_certificate(certificates: Path, tmp_path: Path) -> None:
    own = {"certificate_file": str(certificates / "server.pem"), "key_file": str(certificates / "server.key")}
    with encrypted(certificates, wants_client=True) as url:
        trusting = Server(url, ca_file=str(certificates / "server.pem"))
        record = Exporting(tmp_path, replace(trusting, **own)).run()
    assert record.status == "completed"
