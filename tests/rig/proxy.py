"""A wire to a server that a test can cut, or look at; with TLS on the client's side if asked."""

import contextlib
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

from tests.rig.parts import missing

_CHUNK = 1 << 16


class Proxy:
    """Passes bytes between clients and a port of this machine. `received`: what clients sent, while it is looked at."""

    def __init__(self, port: int, context: ssl.SSLContext | None = None) -> None:
        self._target = port
        self._context = context
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._is_cut = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.received = bytearray()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        scheme = "https" if self._context else "http"
        return f"{scheme}://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Drop every connection, and every new one, until `mend`."""
        self._is_cut.set()
        with self._lock:
            for one in self._open:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        self._is_cut.clear()

    def close(self) -> None:
        self.cut()
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _address = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.ExitStack() as closing, contextlib.suppress(OSError):
            closing.enter_context(client)
            if self._is_cut.is_set():
                return
            if self._context:
                client = closing.enter_context(self._context.wrap_socket(client, server_side=True))
            server = closing.enter_context(socket.create_connection(("127.0.0.1", self._target)))
            with self._lock:
                self._open |= {client, server}
            back = threading.Thread(target=self._pass, args=(server, client, None), daemon=True)
            back.start()
            self._pass(client, server, self.received)
            back.join()
            with self._lock:
                self._open -= {client, server}

    @staticmethod
    def _pass(source: socket.socket, target: socket.socket, seen: bytearray | None) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(_CHUNK):
                if seen is not None:
                    seen += data
                target.sendall(data)
        for one in (source, target):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def proxied(port: int, context: ssl.SSLContext | None = None) -> Iterator[Proxy]:
    """A wire to this port, until the block ends."""
    proxy = Proxy(port, context)
    try:
        yield proxy
    finally:
        proxy.close()


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that vouches for itself, and its key, as PEM files."""
    if shutil.which("openssl") is None:
        missing("openssl is not on this machine; install it with: apt-get install openssl")
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    subject = ["-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*command, *subject, *files], check=True, capture_output=True)
    return certificate, key
