"""Documents of data that is never code: the same bytes each time, whatever is in it."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from veza.core.errors import Unavailable
from veza.infra.typesetting.typesetter import Typesetter, typeset, typeset_pictures

MOMENT = datetime(2026, 11, 25, 12, tzinfo=UTC)
TEMPLATE = """
#set page(width: 10cm, height: 4cm)
#for entry in json(bytes(sys.inputs.data)) [#entry #pagebreak(weak: true)]
"""


@pytest.fixture
def press(tmp_path: Path) -> Typesetter:
    return Typesetter(tmp_path, asyncio.Semaphore(2))


@pytest.fixture
def template(tmp_path: Path) -> Path:
    path = tmp_path / "template.typ"
    path.write_text(TEMPLATE)
    return path


def json(*texts: str) -> bytes:
    return msgspec.json.encode(texts)


async def test_the_same_data_gives_the_same_bytes(press, template):
    data = json("Lumière", "夜の船", "محمد")

    one, other = await asyncio.gather(
        *(typeset(press, template, data, moment=MOMENT) for _ in range(2))
    )

    assert one == other
    assert one.startswith(b"%PDF-")
    assert await typeset(press, template, json("Another"), moment=MOMENT) != one


@pytest.mark.long
@pytest.mark.parametrize(
    "text",
    [
        "#panic()",
        "$1/0$",
        '\\ " `raw',
        "*bold",
        "= head",
        "#import",
        "]",
        "#{",
        "<a> @a",
        "//",
        "\0",
    ],
)
async def test_what_looks_like_code_is_text(press, template, text):
    [picture] = await typeset_pictures(press, template, json(text), moment=MOMENT)

    assert picture.startswith(b"\x89PNG")


async def test_of_pictures_there_is_one_a_page_in_order(press, template):
    texts = [f"Page {n}" for n in range(12)]

    pages = await typeset_pictures(press, template, json(*texts), moment=MOMENT)

    assert len(pages) == 12
    assert pages[10] == (await typeset_pictures(press, template, json("Page 10"), moment=MOMENT))[0]


async def test_nothing_stays_in_the_folder(press, template, tmp_path):
    await typeset(press, template, json("A"), moment=MOMENT)

    assert list(tmp_path.iterdir()) == [template]


async def test_whoever_waits_too_long_for_a_place_is_told(tmp_path, template):
    full = Typesetter(tmp_path, asyncio.Semaphore(0), patience_s=0)

    with pytest.raises(Unavailable) as refused:
        await typeset(full, template, json("A"), moment=MOMENT)

    assert refused.value.code == "press_unavailable"


async def test_a_template_that_is_wrong_is_a_bug(press, tmp_path):
    wrong = tmp_path / "wrong.typ"
    wrong.write_text("#nothing")

    with pytest.raises(AssertionError, match="unknown variable"):
        await typeset(press, wrong, json(), moment=MOMENT)
