"""A real browser: Chromium of this machine, driven by Playwright; where one of them is missing, these tests say so."""

import os
import random
import shutil

import pandas as pd
import pytest

from kit.report import items

HOSTILE = [
    "</script><script>document.title = 'owned'; alert(1)</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "\u202egnp.exe \u2066isolated\u2069 \x1b[2J\x07",
    "مرحبا بالعالم — שלום — 你好，世界",
    "[link](javascript:alert(1)) $x^2$ {{ 7 * 7 }} `code`",
    "long" * 5_000,
]
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_WORDS = ["your", "parcel", "left", "our", "depot", "on", "Tuesday", "so", "we", "refund", "order", "12345", "thank"]


@pytest.fixture(scope="session")
def chromium():
    """A running Chromium."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="no Playwright here: `nox -s browser` installs it")
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        pytest.skip("no Chromium here: install the distribution's package, or name one in CHROMIUM")
    with sync_api.sync_playwright() as driver:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []  # root may not have Chromium's own sandbox
        browser = driver.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def tab(chromium):
    """A page that keeps what it asks for (`asked`) and what it complains of (`complaints`)."""
    page = chromium.new_page(viewport={"width": 1280, "height": 800})
    page.asked, page.complaints = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("console", lambda message: page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("dialog", lambda dialog: (page.complaints.append(f"dialog {dialog.message}"), dialog.dismiss()))
    yield page
    page.close()


@pytest.fixture
def violations(tab):
    """A call that lists what axe-core finds wrong with the page as it stands."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")

    def check():
        found = axe.Axe().run(tab).response["violations"]
        return [(one["id"], one["nodes"][0]["html"][:120]) for one in found]

    return check


def items_of(n, texts=(), kind="text"):
    """Items of as many replayed requests with answers that differ; some texts in the first ones."""
    chance = random.Random(1)
    rows = []
    for i in range(n):
        text = texts[i] if i < len(texts) else " ".join(chance.choices(_WORDS, k=30))
        marks = chance.random() < 0.8, chance.random() < 0.9
        outcome = {(0, 1): "candidate lost", (1, 0): "candidate won", (1, 1): "both right", (0, 0): "both wrong"}[marks]
        rows.append({
            "suite": f"endpoint {i % 9}", "item": f"request/{i:06d}", "candidate": f"model-{i % 4}",
            "incumbent": "gpt-4o", "outcome": outcome, "mark": float(marks[0]), "incumbent mark": float(marks[1]),
            "USD": chance.random() / 100, "seconds": chance.random(), "calls": 1 + i % 7,
            "why": "" if marks[0] else "differing: refund", "kind": kind,
            "asked": f"user: question {i}: {text}", "one": text, "other": f"{text} And {chance.choice(_WORDS)}.",
        })  # fmt: skip
    return pd.DataFrame(rows).reindex(columns=list(items.COLUMNS))
