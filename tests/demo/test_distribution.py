"""The demonstration is a distribution of its own, of the same version as the program."""

from importlib.metadata import entry_points, requires, version


def test_it_fits_the_program_and_has_a_command():
    assert version("veza-demo") == version("veza")
    assert requires("veza-demo") == [f"veza=={version('veza')}"]
    (command,) = entry_points(group="console_scripts", name="veza-demo")
    assert callable(command.load())
