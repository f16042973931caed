"""`required` returns a value that was found, or raises the error."""

import pytest

from veza.core.errors import NotFound, required


@pytest.mark.parametrize("found", ["a gear", 0, "", False])
def test_what_was_found_is_returned(found: object) -> None:
    assert required(found, NotFound) is found


def test_what_was_not_found_is_refused() -> None:
    with pytest.raises(NotFound):
        required(None, NotFound)
