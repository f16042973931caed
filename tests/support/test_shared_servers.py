"""Files that share a server run in one process, and all others apart."""

from pathlib import Path

from tests.support.shared_servers import scope_of

_PROJECT = Path(__file__).parents[2]


def find_scope(file: str, *, runs_long: bool = False) -> str:
    return scope_of(file, _PROJECT, runs_long)


def test_files_that_use_the_server_of_their_folder_stay_together():
    assert find_scope("tests/journeys/test_tour.py") == "tests/journeys/"
    assert find_scope("tests/journeys/test_shop.py") == "tests/journeys/"
    assert find_scope("tests/domains/realtime/test_frames.py") == "tests/domains/realtime/"
    assert find_scope("tests/architecture/test_style.py") == "tests/architecture/"


def test_files_that_start_a_server_or_need_none_run_wherever_there_is_time():
    for file in ("journeys/test_kills.py", "domains/realtime/test_blocks.py", "app/test_top.py"):
        assert find_scope(f"tests/{file}") == f"tests/{file}"


def test_with_the_long_tests_all_processes_share_the_journeys():
    assert (
        find_scope("tests/journeys/test_tour.py", runs_long=True) == "tests/journeys/test_tour.py"
    )
    architecture = find_scope("tests/architecture/test_style.py", runs_long=True)
    assert architecture == "tests/architecture/"
