"""Ports of this machine that nobody listens on."""

import socket


def free_port() -> int:
    """A port of the loopback interface, free a moment ago."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port
