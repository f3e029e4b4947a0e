"""Servers on the loopback interface, and module zips made on the spot."""

from __future__ import annotations

import contextlib
import datetime
import io
import ipaddress
import ssl
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

from compliance.golang import ModuleVersion


def module_zip(module: ModuleVersion, files: dict[str, bytes]) -> bytes:
    """A zip as the go command would write it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(f"{module}/{name}"), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def write_certificate(path) -> str:
    """A key and its own certificate for 127.0.0.1 and localhost, in one file."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "loopback")])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return str(path)


class Server:
    """Answers by path and remembers what was asked.

    `pages` maps a path to bytes, to (status, headers, body), or to a function of the handler that
    writes the answer itself. `certificate` is a file of `write_certificate`, for https.
    """

    def __init__(self, pages=None, certificate=None):
        self.pages = dict(pages or {})
        self.fallback = lambda _path: (404, {}, b"not found")
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.log: list[tuple[int, str]] = []
        """(port, path); several servers may share one to tell in which order they were asked."""
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                outer.asked.append(self.path)
                outer.log.append((outer.port, self.path))
                outer.headers.append({k.lower(): v for k, v in self.headers.items()})
                path = unquote(self.path)
                page = outer.pages[path] if path in outer.pages else outer.fallback(path)
                if callable(page):
                    page(self)
                    return
                status, headers, body = page if isinstance(page, tuple) else (200, {}, page)
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(body)

            def log_message(self, *_args):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_args: None  # clients that hang up are the point
        self.port = self._server.server_address[1]
        self.url = f"{'https' if certificate else 'http'}://127.0.0.1:{self.port}"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_args):
        self._server.shutdown()
        self._server.server_close()

    def serve_module(
        self, module: ModuleVersion, files: dict[str, bytes], prefix: str = ""
    ) -> None:
        """Put .mod, .zip and .info of a module version on the server."""
        base = f"{prefix}/{module.path}/@v/{module.version}"
        self.pages[base + ".mod"] = files.get("go.mod", f"module {module.path}\n".encode())
        self.pages[base + ".zip"] = module_zip(module, files)
        self.pages[base + ".info"] = f'{{"Version":"{module.version}"}}'.encode()
