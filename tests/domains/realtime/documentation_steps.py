"""Steps and values that tests of realtime share."""

import re

from tests.architecture.source import ROOT

PAGE = (ROOT / "docs" / "chat.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
