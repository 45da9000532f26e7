"""The page of formats is what the table of rules says."""

from places import ROOT

from kit.traffic.formats import known_formats


def test_page_names_every_format():
    """Each format of the table has its section in docs/formats.md, and nothing else has."""
    page = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    heads = [line for line in page.splitlines() if line.startswith("## ")]
    assert [
        f"## {format.title[:1].upper()}{format.title[1:]} (`{name}`)" for name, format in known_formats().items()
    ] == heads
