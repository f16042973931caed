"""Parts of answers that are encoded before."""

from abc import ABC, abstractmethod


class Prepared(ABC):
    """A list inside of an answer that encodes itself, from parts that were encoded before."""

    @abstractmethod
    def to_json(self) -> bytes:
        """Return the list as a JSON array."""

    @abstractmethod
    def to_xml(self) -> str:
        """Return the list as XML elements."""
