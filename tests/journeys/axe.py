"""Accessibility of pages, as axe-core judges it."""

import json
from typing import Any

import pytest

from tests.architecture.source import ROOT
from tests.journeys.browser import Tab
from tests.journeys.web_pages import wait_until_still

AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
needs_axe = pytest.mark.skipif(not AXE.exists(), reason="needs axe-core: run `make web-check`")

# What WCAG 2.2 asks for at the levels A and AA.
WCAG: dict[str, Any] = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
# With the size of targets, which axe leaves out unless it is asked for.
WCAG_WITH_TARGETS = WCAG | {"rules": {"target-size": {"enabled": True}}}
# Best practices, too.
ALL_RULES: dict[str, Any] = {}


def find_violations(tab: Tab, options: dict[str, Any] = WCAG) -> list[str]:
    """Return what axe finds on the page as it is shown: rules, each with its first elements."""
    tab.ask("'axe' in window || 0") or tab.ask(AXE.read_text())
    return tab.ask(
        f"axe.run(document, {json.dumps(options)}).then(result => result.violations.map(one =>"
        " `${one.id}: ${one.nodes.map(node => node.target.join(' ')).slice(0, 3)}`))"
    )


def find_violations_in(tab: Tab, theme: str, options: dict[str, Any] = WCAG) -> list[str]:
    """Return what axe finds in a theme, once nothing changes its colour any more."""
    tab.ask(f"document.documentElement.dataset.theme = '{theme}'")
    wait_until_still(tab)
    return [f"{theme} {each}" for each in find_violations(tab, options)]


def ensure_accessible(tab: Tab, what: str, options: dict[str, Any] = WCAG) -> None:
    """Fail where axe finds something in the light theme or in the dark one."""
    if AXE.exists():
        found = [
            each for one in ("light", "dark") for each in find_violations_in(tab, one, options)
        ]
        assert found == [], what
