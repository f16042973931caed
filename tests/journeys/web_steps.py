"""Steps of people on the pages of the web application: press, fill in, choose and drop files."""

import json
from pathlib import Path

from tests.journeys.browser import Tab
from tests.journeys.served import until
from tests.journeys.web_pages import follow_link, wait_for, wait_until_loaded


def press(tab: Tab, label: str, where: str = "main") -> None:
    """Press the button or link with this label."""
    parts = json.dumps(f"{where} :is(a, button, summary)")
    found = (
        f"[...document.querySelectorAll({parts})].find(each => (each.getAttribute('aria-label')"
        f" ?? each.textContent).trim() === {json.dumps(label)})"
    )
    wait_for(tab, _clicked(found))


def click(tab: Tab, selector: str) -> None:
    """Click the first element that a selector finds."""
    wait_for(tab, _clicked(f"document.querySelector({json.dumps(selector)})"))


def _clicked(found: str) -> str:
    """Return JavaScript that clicks an element if it is there, and says so: both at once."""
    return f"(each => !!each && (each.click(), true))({found})"


def fill(tab: Tab, **values: str) -> None:
    """Write into the fields of a form, by their names."""
    for name, value in values.items():
        field = f"document.querySelector('main form [name={name}]')"
        wait_for(tab, f"!!{field}")
        tab.ask(
            f"{field}.value = {json.dumps(value)};"
            f"for (const kind of ['input', 'change'])"
            f" {field}.dispatchEvent(new Event(kind, {{bubbles: true}}))"
        )


def send(tab: Tab, **values: str) -> None:
    """Fill in a form, and send it."""
    fill(tab, **values)
    tab.ask("document.querySelector('main form [type=submit]').click()")


def choose_files(tab: Tab, picker: str, files: list[Path]) -> None:
    """Choose files in the dialog of an input."""
    selector = f"[data-pick={picker}]"
    wait_for(tab, f"!!document.querySelector('{selector}')")
    root = tab.call("DOM.getDocument")["root"]["nodeId"]
    node = tab.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
    tab.call("DOM.setFileInputFiles", nodeId=node, files=[str(each) for each in files])


def drop(tab: Tab, path: Path) -> None:
    """Drop a file or a folder of the system on the page."""
    zone = "document.querySelector('.drop')"
    wait_for(tab, f"!!{zone}")
    # The browser drops it on the element that the pointer last entered: it must still be there.
    wait_until_loaded(tab)
    box = tab.ask(f"{zone}.getBoundingClientRect().toJSON()")
    place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + 10}
    dragged = {"items": [], "files": [str(path)], "dragOperationsMask": 1}

    def drag(kind: str) -> None:
        tab.call("Input.dispatchDragEvent", type=kind, **place, data=dragged)

    drag("dragEnter")
    # The browser lets nothing be dropped before the page has allowed it.
    until(lambda: drag("dragOver") or tab.ask("!!document.querySelector('.drop.over')"), 20)
    drag("drop")


def shows(text: str) -> str:
    """Return the expression that a page shows a text."""
    return f"!!document.querySelector('main')?.innerText.includes({json.dumps(text)})"


def follow(tab: Tab, path: str) -> None:
    """Go to a page as a link does, and wait until it shows what it has loaded."""
    follow_link(tab, path)
    wait_until_loaded(tab)


def drag_by_touch(tab: Tab, handle: str, target: str) -> None:
    """Drag something with a finger onto something else."""
    places = [
        tab.ask(
            f"(box => ({{x: box.x + box.width / 2, y: box.y + box.height / 2}}))"
            f"(document.querySelector({json.dumps(each)}).getBoundingClientRect())"
        )
        for each in (handle, target)
    ]
    tab.call("Input.dispatchTouchEvent", type="touchStart", touchPoints=[places[0]])
    tab.call("Input.dispatchTouchEvent", type="touchMove", touchPoints=[places[1]])
    tab.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
