"""The explorer's page: inert whatever the texts say; tests/browser opens it in a browser."""

import base64
import hashlib
import html
import json
import re

import pandas as pd
import pytest

from kit.report import explorer, items

HOSTILE = [
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "\u202etxt.exe",
    "\x1b[2J\x07",
    "\ud800",
    "\u2028",
    "]]>",
]


def page_of(*texts):
    """The page of one item for each text, which stands in each place where a text can."""
    names = ("suite", "item", "candidate", "incumbent", "outcome", "why", "asked", "one", "other")
    rows = [dict.fromkeys(names, text) for text in texts]
    return explorer.page(pd.DataFrame(rows).reindex(columns=list(items.COLUMNS)), title=texts[0], subtitle=texts[0])


def data_of(page):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)[1])


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile(text):
    """A text adds no element to the page, and comes out as the words it is, hidden characters by their names."""
    page, plain_page = page_of(text), page_of("x")
    assert plain_page.count("<script") == page.count("<script")
    assert not re.search("[\u202e\x1b\x07\u2028\ud800]", page)
    assert explorer.plain(text) in data_of(page)["texts"]


def test_policy():
    """The page may run its own script and style, and load or send nothing."""
    page = page_of("x")
    policy = html.unescape(re.search('Content-Security-Policy" content="([^"]+)"', page)[1])
    scripts, styles = (
        re.findall("<script>(.*?)</script>", page, re.DOTALL),
        re.findall("<style>(.*?)</style>", page, re.DOTALL),
    )
    for source in (*scripts, *styles):
        assert f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'" in policy
    assert "default-src 'none'" in policy and "connect-src 'none'" in policy and "unsafe" not in policy
    assert [] == re.findall(r"""(?:src|href)=|https?://|innerHTML|eval\(""", page)


def test_long_text_is_cut_and_said():
    """A text of a million characters is cut, and the page says how much is left out."""
    text = data_of(page_of("x" * 1_000_000))["texts"][1]
    assert text.endswith("x\n[980,000 more characters left out of this page]")


def test_columns_without_anything_are_left_out():
    """A column in which nothing is known is not shown."""
    names = [column["name"] for column in data_of(page_of("x"))["tables"][0]["columns"]]
    assert ("USD" in names, "suite" in names) == (False, True)


def test_nothing_to_show():
    """A study without items still has a page."""
    table = pd.DataFrame(columns=list(items.COLUMNS))
    assert [] == data_of(explorer.page(table, title="x"))["tables"][0]["rows"]
