"""Encoded rows of lists, so that a page encodes only what has changed since it was encoded.

PostgreSQL gives each row the number of the transaction that wrote it (`xmin`): a version that
every change raises, without a column or a trigger. A list then reads ids and versions alone, and
nothing has to be invalidated.
"""

from collections.abc import Hashable


class EncodedRows[K: Hashable, V]:
    """The JSON of rows and their versions, in up to `max_bytes` of JSON in this process.

    What was not asked for lately is dropped.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes // 2
        self._bytes = 0
        self._recent: dict[K, tuple[V, bytes]] = {}
        self._older: dict[K, tuple[V, bytes]] = {}

    def get(self, key: K, version: V) -> bytes | None:
        """Return the JSON of a row of this version, if it is kept."""
        found = self._recent.get(key)
        if found is None:
            found = self._older.pop(key, None)
            if found is None:
                return None
            self.put(key, *found)
        return found[1] if found[0] == version else None

    def put(self, key: K, version: V, body: bytes) -> None:
        """Keep the JSON of a row. If half of the bytes are used, these become the older half."""
        if self._bytes >= self._max_bytes:
            self._older, self._recent, self._bytes = self._recent, {}, 0
        replaced = self._recent.get(key)
        self._recent[key] = version, body
        self._bytes += len(body) - (0 if replaced is None else len(replaced[1]))
