"""How this program and a cluster prove to each other who they are: TLS, a client certificate, a password."""

import ssl
from pathlib import Path

from indexer.errors import SettingsError
from indexer.settings import Settings


def password(settings: Settings) -> str:
    """The user's password; empty if no user is stated. Raises SettingsError."""
    if settings.opensearch_user is None:
        return ""
    if settings.opensearch_password_file is None:
        raise SettingsError("RADIOTHEQUE_OPENSEARCH_USER is set without RADIOTHEQUE_OPENSEARCH_PASSWORD_FILE")
    return _readable(settings.opensearch_password_file).read_text(encoding="utf-8").strip()


def tls(settings: Settings) -> ssl.SSLContext:
    """Encryption that verifies the server, and shows the client certificate that is stated. Raises SettingsError."""
    bundle, shown, key = (
        None if path is None else _readable(path)
        for path in (
            settings.opensearch_ca_bundle,
            settings.opensearch_client_certificate,
            settings.opensearch_client_key,
        )
    )
    try:
        context = ssl.create_default_context(cafile=bundle)
    except ssl.SSLError:
        raise SettingsError(
            f"{bundle}, which RADIOTHEQUE_OPENSEARCH_CA_BUNDLE names, holds no certificates; wanted: a PEM file"
        ) from None
    if shown is not None:
        try:
            # A key under a password would otherwise be asked for on the terminal.
            context.load_cert_chain(shown, key, password="")
        except ssl.SSLError:
            raise SettingsError(
                f"the certificate {shown} and the key {key or shown} cannot be used; wanted: PEM files that belong together, the key "
                "without a password; see RADIOTHEQUE_OPENSEARCH_CLIENT_CERTIFICATE and RADIOTHEQUE_OPENSEARCH_CLIENT_KEY"
            ) from None
    return context


def tls_advice(said: str) -> str:
    """What ails a connection that TLS ended, by the words of OpenSSL."""
    if "certificate verify failed" in said.lower():
        return "does not prove who it is; see RADIOTHEQUE_OPENSEARCH_CA_BUNDLE"
    if "alert" in said.lower():
        return "does not accept the client certificate, or wants one; see RADIOTHEQUE_OPENSEARCH_CLIENT_CERTIFICATE"
    return "does not speak TLS; see RADIOTHEQUE_OPENSEARCH_URL"


def _readable(path: Path) -> Path:
    try:
        path.open("rb").close()
    except OSError as exc:
        raise SettingsError(f"{path}, which the settings for OpenSearch name, cannot be read: {exc.strerror}") from exc
    return path
