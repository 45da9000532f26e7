"""The explorer in a browser: quick, inert, and whole with the keyboard alone."""

import pytest
from browser.conftest import HOSTILE, items_of

from kit.report import explorer

CLOCK = """([selector, value, event]) => {
    const element = document.querySelector(selector), began = performance.now();
    if (value === null) element.click(); else { element.value = value; element.dispatchEvent(new Event(event)); }
    document.body.offsetHeight;
    return performance.now() - began;
}"""


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """The page of 20,000 items, some of them hostile."""
    path = tmp_path_factory.mktemp("explorer") / "explorer.html"
    path.write_text(explorer.page(items_of(20_000, HOSTILE), title=f"Items {HOSTILE[0]}", subtitle="20,000 of them"))
    return path


@pytest.fixture
def opened(tab, file):
    tab.goto(file.as_uri())
    return tab


def test_opens_quickly(tab, file):
    """20,000 rows are there in under a second; of three times the best, since other tests run beside this one."""
    seconds = []
    for _ in range(3):
        tab.goto(file.as_uri())
        seconds.append(tab.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd") / 1000)
    assert "20,000 rows" == tab.inner_text("#count")
    assert min(seconds) < 1


@pytest.mark.parametrize(
    ("selector", "value", "event"),
    [
        pytest.param("#filter-4", "1", "change", id="an outcome"),
        pytest.param("#search", "refund 12345", "input", id="two words in all texts"),
        pytest.param("th:nth-child(8) button", None, "click", id="a sort by dollars"),
        pytest.param("th:nth-child(2) button", None, "click", id="a sort by item"),
    ],
)
def test_filters_quickly(opened, selector, value, event):
    """A filter, a search and a sort of 20,000 rows take under a tenth of a second."""
    opened.wait_for_timeout(1000)  # it makes its index of words while nobody waits
    assert min(opened.evaluate(CLOCK, [selector, value, event]) for _ in range(3)) < 100


def test_inert(opened, file):
    """Hostile texts are shown as the words they are; nothing runs, loads or complains."""
    for n in range(len(HOSTILE)):
        opened.fill("#search", f"request/{n:06d}")
        opened.click("tbody tr:nth-child(2)")
        shown = opened.inner_text("#detail")
        assert "document.title" in shown or n > 1
    assert "⟨U+202E⟩" in (opened.fill("#search", "request/000002"), opened.click("tbody tr:nth-child(2)"),
                          opened.inner_text("#detail"))[-1]  # fmt: skip
    assert opened.title().startswith("Items </script>")
    assert ([], [file.as_uri()]) == (opened.complaints, opened.asked)


def test_keyboard(opened):
    """Search, choose, read side by side and close without a mouse."""
    keys = opened.keyboard
    keys.press("/")
    keys.type("request/000123")
    keys.press("Enter")
    assert "1 of 20,000 rows" == opened.inner_text("#count")
    keys.press("Enter")
    assert ["Asked", "Incumbent: gpt-4o", "Candidate: model-3"] == opened.locator("#detail h3").all_inner_texts()
    marked = "".join(opened.locator("#detail mark").all_inner_texts())
    assert marked.startswith(" And ") and marked.endswith(".")
    keys.press("Escape")
    keys.press("r")
    keys.press("End")
    assert (True, "20,000 rows") == (opened.is_hidden("#detail"), opened.inner_text("#count"))
    assert "20001" == opened.get_attribute("tr.chosen", "aria-rowindex")
    keys.press("PageUp")
    keys.press("ArrowDown")
    assert 19_900 < int(opened.get_attribute("tr.chosen", "aria-rowindex")) < 20_001


def test_sorted(opened):
    """A second press of a head turns the order round, and the page says which it is."""
    for order in ("descending", "ascending"):
        opened.click("th:nth-child(8) button")
        assert order == opened.get_attribute("th:nth-child(8)", "aria-sort")
        cells = [float(text) for text in opened.locator("tbody td:nth-child(8)").all_inner_texts() if text]
        assert sorted(cells, reverse=order == "descending") == cells


def test_lost(opened):
    """The filter by outcome shows what the candidate lost, and only that."""
    opened.select_option("#filter-4", label=next(
        text for text in opened.locator("#filter-4 option").all_inner_texts() if text.startswith("candidate lost")
    ))  # fmt: skip
    assert {"▼ candidate lost", "candidate lost"} >= set(opened.locator("td.lost").all_inner_texts())
    assert opened.locator("td.lost").count() == opened.locator("tbody tr:not([aria-hidden])").count()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible(opened, violations, scheme):
    """axe-core finds nothing wrong, with a row open, in light and dark."""
    opened.emulate_media(color_scheme=scheme)
    opened.click("tbody tr:nth-child(3)")
    assert [] == violations()
