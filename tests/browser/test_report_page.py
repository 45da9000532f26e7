"""The report's HTML in a browser: axe-core finds nothing wrong, nothing loads, nothing runs."""

import pytest


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible(tab, violations, article, scheme):
    """The article's report, in light and dark."""
    tab.emulate_media(color_scheme=scheme)
    tab.goto(article.html.as_uri())
    assert [] == violations()
    assert ([article.html.as_uri()], []) == ([url for url in tab.asked if not url.startswith("data:")], tab.complaints)


def test_explorer_is_linked(tab, article):
    """The report leads to the explorer, which shows its evidence."""
    tab.goto(article.html.as_uri())
    tab.click("a[href='explorer.html']")
    assert tab.url == article.explorer.as_uri()
    assert tab.inner_text("#count").endswith(" rows")
