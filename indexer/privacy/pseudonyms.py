"""Keyed pseudonyms: the same source record always gets the same id, and nobody without the key can tell which one.

Keyed BLAKE2b (RFC 7693), 128 bits. The key is a file of its own, 0600, one per workspace; the catalog holds only a check
value, so that a lost or exchanged key is noticed before it splits the index in two.
"""

import hashlib
import os
import secrets
from pathlib import Path

from indexer.errors import KeyMismatch, StoreUnavailable

_KEY_BYTES = 32
_DIGEST_BYTES = 16


class Pseudonyms:
    """Report and patient keys of one workspace. `repr` shows nothing of the key."""

    def __init__(self, key: bytes) -> None:
        if len(key) != _KEY_BYTES:
            raise KeyMismatch(
                f"the pseudonym key has {len(key)} bytes, {_KEY_BYTES} are needed; restore it from a backup"
            )
        self._key = key

    def __repr__(self) -> str:
        return "Pseudonyms([...])"

    def report_id(self, namespace: str, source_id: str) -> str:
        """32 hexadecimal characters for a report of a source namespace."""
        return self._digest(b"report", namespace, source_id)

    def patient_key(self, namespace: str, patient_id: str) -> str:
        """32 hexadecimal characters for a patient of a source namespace."""
        return self._digest(b"patient", namespace, patient_id)

    def number(self, purpose: str, patient: str, value: str) -> int:
        """A number of 64 bits, always the same for the same words: what surrogates are drawn by."""
        return int(self._digest(b"surrogate", f"{purpose} {patient}", value)[:16], 16)

    @property
    def check_value(self) -> str:
        """What tells two keys apart without giving either away."""
        return self._digest(b"check", "", "")

    def _digest(self, purpose: bytes, namespace: str, value: str) -> str:
        # Lengths keep ("a", "bc") and ("ab", "c") apart.
        message = b"".join(
            len(part).to_bytes(8, "big") + part
            for part in (namespace.encode("utf-8", "surrogatepass"), value.encode("utf-8", "surrogatepass"))
        )
        return hashlib.blake2b(message, digest_size=_DIGEST_BYTES, key=self._key, person=purpose).hexdigest()


def load_key(path: Path, expected_check: str | None) -> Pseudonyms:
    """The workspace's key, made on first use.

    expected_check: the check value that the catalog remembers, None for a new workspace.
    Raises KeyMismatch if the key is lost or is another one, StoreUnavailable if its file cannot be read or made.
    """
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        if expected_check is not None:
            raise KeyMismatch(
                f"the pseudonym key {path} is lost: without it the same record would get another id; "
                "restore the file from a backup"
            ) from None
        key = _make_key(path)
    except OSError as exc:
        raise StoreUnavailable(f"the pseudonym key {path} cannot be read: {exc.strerror}") from exc
    pseudonyms = Pseudonyms(key)
    if expected_check is not None and pseudonyms.check_value != expected_check:
        raise KeyMismatch(
            f"the pseudonym key {path} is not the one that this index was made with; restore the right file, "
            "or start a new data folder"
        )
    return pseudonyms


def _make_key(path: Path) -> bytes:
    key = secrets.token_bytes(_KEY_BYTES)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(key)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as exc:
        raise StoreUnavailable(f"the pseudonym key {path} cannot be made: {exc.strerror}") from exc
    return key
