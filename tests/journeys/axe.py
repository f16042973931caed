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
# The rules that a theme can break: all others are judged by what both themes have in common.
OF_COLOURS: dict[str, Any] = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
}


def find_violations(
    tab: Tab, options: dict[str, Any] = WCAG, within: str | None = None
) -> list[str]:
    """Return what axe finds on the page as it is shown: rules, each with its first elements.

    `within` selects the part of it that is judged, beside all that is there.
    """
    tab.ask("'axe' in window || 0") or tab.ask(AXE.read_text())
    # It collects no details of what is in order, and fetches no style sheets, which no rule reads.
    options = options | {"resultTypes": ["violations"], "preload": False}
    part = json.dumps(within) if within else "document"
    return tab.ask(
        f"axe.run({part}, {json.dumps(options)}).then(result => result.violations.map(one =>"
        " `${one.id}: ${one.nodes.map(node => node.target.join(' ')).slice(0, 3)}`))"
    )


def find_violations_in(tab: Tab, theme: str, options: dict[str, Any] = WCAG) -> list[str]:
    """Return what axe finds in a theme, once nothing changes its colour any more."""
    tab.ask(f"document.documentElement.dataset.theme = '{theme}'")
    wait_until_still(tab)
    return [f"{theme} {each}" for each in find_violations(tab, options)]


def find_violations_in_themes(tab: Tab, options: dict[str, Any] = WCAG) -> list[str]:
    """Return what axe finds in the light theme, and in the colours of the dark one."""
    if not AXE.exists():
        return []
    found = find_violations_in(tab, "light", options)
    return found + find_violations_in(tab, "dark", OF_COLOURS)


def ensure_accessible(tab: Tab, what: str, options: dict[str, Any] = WCAG) -> None:
    """Fail where axe finds something in either theme."""
    assert find_violations_in_themes(tab, options) == [], what
