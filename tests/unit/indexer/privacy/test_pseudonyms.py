"""Pseudonyms are stable, keyed and apart; a key that is lost or exchanged is noticed."""

import hashlib
import stat
from pathlib import Path

import pytest

from indexer.errors import KeyMismatch, StoreUnavailable
from indexer.privacy.pseudonyms import Pseudonyms, load_key

KEY = bytes(range(32))


@pytest.fixture
def key_path(tmp_path: Path) -> Path:
    return tmp_path / "pseudonyms.key"


def test_an_id_is_keyed_blake2b_of_namespace_and_record() -> None:
    # RFC 7693 with key and personalisation; each part after its length in 8 bytes, so that parts cannot run together.
    message = b"\0\0\0\0\0\0\0\4nord" + b"\0\0\0\0\0\0\0\3A-1"
    expected = hashlib.blake2b(message, digest_size=16, key=KEY, person=b"report").hexdigest()
    assert Pseudonyms(KEY).report_id("nord", "A-1") == expected
    assert len(expected) == 32


def test_ids_are_the_same_in_every_version() -> None:
    # Kept from the first version: if one changes, every archive is indexed twice.
    pseudonyms = Pseudonyms(KEY)
    assert pseudonyms.report_id("nord", "Étude 1") == "3b0903e7e0b9fb39b24d8647cc170d09"
    assert pseudonyms.patient_key("nord", "Étude 1") == "51daa2e1b9d642ec0c1aa7795097e170"


def test_ids_of_purposes_namespaces_and_keys_are_apart() -> None:
    one, other = Pseudonyms(KEY), Pseudonyms(KEY[::-1])
    ids = [
        one.report_id("", "abc"),
        one.patient_key("", "abc"),
        one.report_id("a", "bc"),
        one.report_id("ab", "c"),
        one.report_id("abc", ""),
        one.report_id("", "ABC"),
        other.report_id("", "abc"),
        one.check_value,
        other.check_value,
    ]
    assert len(set(ids)) == len(ids)


def test_an_identifier_with_a_lone_surrogate_has_an_id() -> None:
    assert Pseudonyms(KEY).report_id("", "\ud800") != Pseudonyms(KEY).report_id("", "\ud801")


def test_repr_hides_the_key() -> None:
    assert repr(Pseudonyms(KEY)) == "Pseudonyms([...])"


def test_a_new_key_is_random_and_for_its_owner_only(tmp_path: Path) -> None:
    one, other = load_key(tmp_path / "one", None), load_key(tmp_path / "other", None)
    assert one.check_value != other.check_value
    assert stat.S_IMODE((tmp_path / "one").stat().st_mode) == 0o600
    assert (tmp_path / "one").stat().st_size == 32


def test_the_key_is_kept(key_path: Path) -> None:
    made = load_key(key_path, None)
    again = load_key(key_path, made.check_value)
    assert again.report_id("n", "1") == made.report_id("n", "1")


def test_a_lost_key_is_named_and_none_is_made(key_path: Path) -> None:
    with pytest.raises(KeyMismatch, match=r"pseudonyms\.key is lost: .*backup"):
        load_key(key_path, Pseudonyms(KEY).check_value)
    assert not key_path.exists()


def test_another_key_is_refused(key_path: Path) -> None:
    key_path.write_bytes(KEY[::-1])
    with pytest.raises(KeyMismatch, match="is not the one that this index was made with"):
        load_key(key_path, Pseudonyms(KEY).check_value)


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_key_of_the_wrong_length_is_refused(length: int, key_path: Path) -> None:
    key_path.write_bytes(bytes(length))
    with pytest.raises(KeyMismatch, match=f"has {length} bytes, 32 are needed"):
        load_key(key_path, None)


def test_a_refusal_shows_nothing_of_the_key(key_path: Path) -> None:
    key_path.write_bytes(b"zzmarqueurzz" * 2)
    with pytest.raises(KeyMismatch, match="24 bytes") as caught:
        load_key(key_path, None)
    assert "zzmarqueurzz" not in str(caught.value)


def test_a_key_that_cannot_be_read_is_a_store_error(key_path: Path) -> None:
    key_path.mkdir()
    with pytest.raises(StoreUnavailable, match=r"pseudonyms\.key cannot be read: Is a directory"):
        load_key(key_path, None)


def test_a_key_that_cannot_be_made_is_a_store_error(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="cannot be made: No such file"):
        load_key(tmp_path / "missing" / "pseudonyms.key", None)
