"""Names of files, as people send them and as they get them back."""

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veza.core.filenames import attachment, plain_filename


@given(st.text(max_size=400))
def test_no_file_name_is_a_path_or_holds_what_can_not_be_shown(name: str):
    kept = plain_filename(name)

    assert 0 < len(kept) <= 255
    assert kept.isprintable()
    assert "/" not in kept
    assert "\\" not in kept


@given(st.text(max_size=400))
def test_whatever_a_file_is_called_it_is_saved_under_its_name(name: str):
    kept = plain_filename(name)
    header = attachment(kept)

    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2
    assert unquote(header.partition("filename*=UTF-8''")[2]) == kept


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("a.wav", "attachment; filename=\"a.wav\"; filename*=UTF-8''a.wav"),
        ("Vögel.wav", "attachment; filename=\"V_gel.wav\"; filename*=UTF-8''V%C3%B6gel.wav"),
        ('a"b\\c', "attachment; filename=\"a_b_c\"; filename*=UTF-8''a%22b%5Cc"),
    ],
)
def test_older_browsers_get_a_plainer_name(name: str, header: str):
    assert attachment(name) == header
