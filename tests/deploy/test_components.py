"""The licence of every dependency is known, documented, and permits distribution."""

import re

from tests.deploy.components import (
    COPYLEFT,
    PAGE,
    PERMISSIVE,
    complete,
    find_licence,
    list_browser_packages,
    list_packages,
    write_page,
)


def test_the_documented_licences_are_those_of_the_packages() -> None:
    assert PAGE.read_text() == write_page(), f"{PAGE.name} is stale: run `make docs`."


def test_every_licence_permits_distribution() -> None:
    found = {name: find_licence(name) for name in list_packages()}
    found |= {name: part["license"] for name, part in list_browser_packages().items()}
    for name, licence in found.items():
        for part in re.split(r" (?:AND|OR) ", licence):
            assert part in PERMISSIVE or name in COPYLEFT.get(part, ()), (name, licence)


def test_the_list_of_components_has_all_that_is_installed_and_no_tools() -> None:
    names = {"pytest": "9", **list_packages()}
    bom = {
        "metadata": {"component": {"bom-ref": "root"}},
        "components": [
            {"bom-ref": name, "name": name, "version": version} for name, version in names.items()
        ],
        "dependencies": [{"ref": "root", "dependsOn": ["pytest", "litestar"]}, {"ref": "pytest"}],
    }
    made = complete(bom)
    found = [part["name"] for part in made["components"]]

    assert found == [*list_packages(), *list_browser_packages()]
    assert made["dependencies"] == [{"ref": "root", "dependsOn": ["litestar"]}]
