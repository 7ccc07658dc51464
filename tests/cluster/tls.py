"""A relay in front of a node that speaks TLS and demands a certificate of its clients."""

import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx

from tests.cluster.servers import Server

PASSED = ("Authorization", "Content-Type")  # headers of a request


def make_certificate(folder: Path) -> Path:
    """Return a file with a key and its own certificate for 127.0.0.1."""
    file = folder / "certificate.pem"
    subject = ("-subj", "/CN=arshif", "-addext", "subjectAltName=IP:127.0.0.1")
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", file)
    command = ["openssl", "req", "-x509", "-days", "1", *subject, *key, "-out", file]
    subprocess.run(command, check=True, capture_output=True)
    return file


@contextmanager
def tls_relay(node: Server, certificate: Path) -> Iterator[int]:
    """Serve a node at the port that is returned; clients show this very certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(certificate)

    class Relay(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name: self.headers[name] for name in PASSED if name in self.headers}
            url = f"http://{node}{self.path}"
            response = httpx.request(self.command, url, headers=headers, content=body, timeout=60)
            self.send_response(response.status_code)
            self.send_header("Content-Type", response.headers["Content-Type"])
            self.end_headers()
            self.wfile.write(response.content)

        do_POST = do_GET

        def log_message(self, format: str, *values: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Relay) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()
