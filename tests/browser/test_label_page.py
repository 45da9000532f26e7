"""The label page in a browser: thirty pairs with the keyboard alone, hostile texts, and nothing from elsewhere."""

import json
from collections import Counter

import pytest
from browser.conftest import HOSTILE, items_of

from kit import replay
from kit.labelling import Session, serve


@pytest.fixture
def desk(tmp_path):
    """A session of forty pairs, the first ones hostile, and its address."""
    table = items_of(40, HOSTILE).assign(**{"mark": None, "incumbent mark": 1.0})
    session = Session(table, tmp_path)
    with serve(session, f"Label: {HOSTILE[0]}") as address:
        yield session, address


def labelled(tab, n):
    tab.wait_for_function("n => document.getElementById('progress').textContent.startsWith(`${n} of`)", arg=n)


def test_thirty_pairs(tab, desk, tmp_path):
    """Thirty pairs with one key each; a key in haste or held down counts once; what is written is what was pressed."""
    session, address = desk
    tab.goto(address)
    labelled(tab, 0)
    pressed = []
    for n, key in enumerate("123451lrsb" * 3, start=1):
        one = session.next()
        tab.keyboard.press(key)
        labelled(tab, n)
        choice = {"1": "left", "l": "left", "2": "right", "r": "right", "3": "same", "s": "same", "4": "both bad",
                  "b": "both bad", "5": "skip"}[key]  # fmt: skip
        pressed.append((one.id, choice))
    lines = [json.loads(line) for line in (tmp_path / "journal.jsonl").read_text().splitlines()]
    assert pressed == [(line["id"], line["choice"]) for line in lines]
    pairs = [json.loads(line) for line in (tmp_path / "pairs.jsonl").read_text().splitlines()]
    assert 27 == len(pairs) == len(replay.exam_requests(str(tmp_path / "pairs.jsonl"))) / 2
    assert 12 == Counter(pair["human"] for pair in pairs)["same"]
    assert "Judge's exam: 27 pairs labelled" in tab.inner_text("#needs")
    tab.keyboard.press("u")
    labelled(tab, 29)
    assert 29 == Session(items_of(40, HOSTILE).assign(mark=None), tmp_path).done


def test_inert(tab, desk):
    """Hostile texts are words; differences are marked; every request goes to the page's own server."""
    _, address = desk
    tab.goto(address)
    for n in range(40):
        labelled(tab, n)
        assert tab.locator("#left mark, #right mark").count() > 0
        tab.keyboard.press("3")
    labelled(tab, 40)
    assert "All pairs are labelled. You can close this page." == tab.inner_text("#prompt")
    assert tab.title().startswith("Label: </script>")
    assert [] == [url for url in tab.asked if not url.startswith(address)]
    assert [] == tab.complaints


def test_buttons(tab, desk):
    """The same choices are buttons, reached by Tab and pressed by Enter."""
    _, address = desk
    tab.goto(address)
    labelled(tab, 0)
    tab.focus("[data-choice='both bad']")
    tab.keyboard.press("Enter")
    labelled(tab, 1)


def test_server_gone(tab, tmp_path):
    """If the kit has ended, a key says so and the pair stays."""
    with serve(Session(items_of(3), tmp_path), "Label") as address:
        tab.goto(address)
        labelled(tab, 0)
    tab.keyboard.press("1")
    tab.wait_for_selector("#failure:not([hidden])")
    assert "is `kit label` still running?" in tab.inner_text("#failure")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["text", "json"])
def test_accessible(tab, tmp_path, violations, scheme, kind):
    """axe-core finds nothing wrong, of texts and of answers that are right or wrong, in light and dark."""
    tab.emulate_media(color_scheme=scheme)
    with serve(Session(items_of(9, HOSTILE, kind).assign(mark=0.0), tmp_path), "Label") as address:
        tab.goto(address)
        labelled(tab, 0)
        assert [] == violations()
