"""Encoded rows are kept by their version, within a number of bytes."""

from veza.infra.concurrency.encoded_rows import EncodedRows


def test_a_row_is_found_by_its_version_alone():
    rows = EncodedRows[str, int](1000)
    rows.put("a", 1, b"one")
    assert (rows.get("a", 1), rows.get("a", 2), rows.get("b", 1)) == (b"one", None, None)
    rows.put("a", 2, b"two")
    assert (rows.get("a", 1), rows.get("a", 2)) == (None, b"two")


def test_no_more_bytes_are_kept_and_what_is_asked_for_stays():
    rows = EncodedRows[int, int](1000)
    for number in range(1000):
        rows.put(number, 1, bytes(100))
        assert rows.get(0, 1) == bytes(100)
    kept = [number for number in range(1000) if rows.get(number, 1)]
    assert 5 <= len(kept) <= 10
    assert kept[0] == 0


def test_a_row_that_changes_often_drops_no_other():
    rows = EncodedRows[str, int](1000)
    rows.put("a", 1, bytes(100))
    for version in range(1000):
        rows.put("b", version, bytes(100))
    assert rows.get("a", 1) == bytes(100)
