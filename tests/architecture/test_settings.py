"""`docs/settings.md` holds the table of `veza settings`."""

from tests.architecture.generated import SETTINGS, write_settings


def test_the_documented_settings_are_those_that_are_read():
    assert SETTINGS.read_text() == write_settings(), "docs/settings.md is stale: run `make docs`."
