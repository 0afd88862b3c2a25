from itertools import count, islice

from indexer.batching import batched


def test_batches_keep_order_and_the_last_is_shorter() -> None:
    assert list(batched("abcdefg", 3)) == [["a", "b", "c"], ["d", "e", "f"], ["g"]]


def test_a_full_last_batch_is_followed_by_none() -> None:
    assert list(batched(range(4), 2)) == [[0, 1], [2, 3]]


def test_nothing_makes_no_batch() -> None:
    assert list(batched([], 2)) == []


def test_an_endless_stream_is_read_batch_by_batch() -> None:
    assert list(islice(batched(count(), 2), 2)) == [[0, 1], [2, 3]]
