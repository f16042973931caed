"""The parts of all processes are all files of tests, each once."""

from pathlib import Path

import pytest

from tests.support.shared_compilation import find_part

_PROJECT = Path(__file__).parents[2]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_every_file_is_in_the_part_of_one_process(count: int):
    parts = [find_part(_PROJECT, number, count) for number in range(count)]

    assert all(parts)
    assert [file for part in parts for file in part] == find_part(_PROJECT, 0, 1)
    assert Path(__file__) in find_part(_PROJECT, 0, 1)
