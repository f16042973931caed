"""A copied data directory is closed to others, and shares no secret but the database's."""

from pathlib import Path

from msgspec import structs

from tests.support.data_template import fill
from veza.infra.security.secrets import load_secrets


def test_a_copy_draws_all_secrets_but_those_of_the_database(tmp_path: Path):
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        fill(folder)
        assert (folder / "secrets.json").stat().st_mode & 0o777 == 0o600
        assert (folder / "engines" / "postgres" / "cluster" / "PG_VERSION").exists()

    a, b = (structs.asdict(load_secrets(folder)) for folder in folders)
    assert all(a.values())
    assert {name for name in a if a[name] == b[name]} == {"postgres_owner", "postgres_app"}
