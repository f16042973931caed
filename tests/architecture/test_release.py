"""All files that name the version of a release name the same one: see docs/releasing.md."""

import re
import tomllib

from tests.architecture.source import ROOT


def test_all_files_name_the_same_version():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    demo = tomllib.loads((ROOT / "demo" / "pyproject.toml").read_text())["project"]
    tag = (ROOT / "deploy" / "kubernetes" / "kustomization.yaml").read_text()
    wheel = (ROOT / "docs" / "operation.md").read_text()
    releases = re.findall(r"^## (\d\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    named = {
        demo["version"],
        *re.findall(r"newTag: (\S+)", tag),
        *re.findall(r"veza-([\d.]+)-py3", wheel),
        releases[0],
    }

    assert named == {project["version"]}
    assert f"veza == {project['version']}" in demo["dependencies"]
