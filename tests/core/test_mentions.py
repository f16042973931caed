"""Whom a text calls."""

import pytest

from veza.core.mentions import MAX_MENTIONS, find_mentions


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@Ada, listen! And @bob-2.", ["ada", "bob-2"]),
        ('(@ada) "@ada"', ["ada"]),
        ("@ada@example.com is somebody elsewhere", []),
        ("write to ada@example.com", []),
        ("https://example.com/@ada", []),
        ("@ab is too short, @" + "x" * 31 + " too long", []),
        ("@@ada", []),
        ("nobody", []),
        ("@ada\n@bob", ["ada", "bob"]),
        ("@Äda", []),
    ],
)
def test_names_are_found_as_people_write_them(text: str, names: list[str]):
    assert find_mentions(text) == names


def test_so_many_are_called_and_no_more():
    text = " ".join(f"@name{number}" for number in range(50))
    assert find_mentions(text) == [f"name{number}" for number in range(MAX_MENTIONS)]
