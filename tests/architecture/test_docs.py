"""The documentation: links lead somewhere, and the glossary stays short."""

import re
import subprocess
from pathlib import Path

from tests.architecture.source import ROOT, ensure_none

MAX_GLOSSARY_TERMS = 40

_LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]*))?\)")

_DECISION = re.compile(r"\[(?:decision\s+)?(\d{4})\]\([^)\s]*?(\d{4})-[^)\s]*\)")


def _list_pages() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    names = listed.stdout.split()
    # Outside of a clone there is no list; then every page of the project is checked.
    pages = [ROOT / name for name in names] or [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    assert len(pages) > 20
    return pages


def test_links_lead_to_files_and_headings():
    ensure_none(
        f"{page.relative_to(ROOT)} links to {target or ''}#{heading or ''}"
        for page in _list_pages()
        for target, heading in _LINK.findall(page.read_text())
        if not _exists(page, target, heading)
    )


def test_links_to_decisions_have_their_numbers():
    ensure_none(
        f"{page.relative_to(ROOT)} names {named} and links to {linked}"
        for page in _list_pages()
        for named, linked in _DECISION.findall(page.read_text())
        if named != linked
    )


def test_the_glossary_has_only_terms_of_music_and_money():
    page = (ROOT / "docs" / "domains.md").read_text()
    rows = page.partition("\n## Glossary\n")[2].partition("| --- | --- |\n")[2].splitlines()
    terms = [row for row in rows if row.startswith("| ")]
    assert 10 < len(terms) <= MAX_GLOSSARY_TERMS


def _exists(page: Path, target: str, heading: str) -> bool:
    path = page.parent / target if target else page
    if not path.exists():
        return False
    if not heading or path.suffix != ".md":
        return True
    return heading in {_anchor_of(line) for line in path.read_text().splitlines()}


def _anchor_of(line: str) -> str:
    """Return the anchor that a heading gets, as GitHub forms it; empty for other lines."""
    if not line.startswith("#"):
        return ""
    words = re.sub(r"[^\w\- ]", "", line.lstrip("#").strip().lower())
    return words.replace(" ", "-")
