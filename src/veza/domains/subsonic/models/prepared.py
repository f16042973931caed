"""Parts of answers that are encoded before."""

from abc import ABC, abstractmethod
from collections.abc import Iterator


class Prepared(ABC):
    """A list inside of an answer that encodes itself, from parts that were encoded before."""

    @abstractmethod
    def to_json(self) -> bytes:
        """Return the list as a JSON array."""

    @abstractmethod
    def iterate_xml(self) -> Iterator[str]:
        """Yield the items of the list as XML elements."""
