"""Write docs/formats.md from the table of rules by which logs are read: `python tools/formats_page.py`."""

from pathlib import Path

from kit.traffic import Format, known_formats

PAGE = Path(__file__).parents[1] / "docs" / "formats.md"

_HEAD = """# Formats of logs

`python -m kit bill FILE` recognises these by what they hold. Made from `kit/data/logs/formats.yaml` by
`tools/formats_page.py`; other logs are read by a file of rules such as `params/logs.example.yaml`, which
`python -m kit bill FILE --suggest-rules` writes for a log: what is clear, and a question for what is not.
"""


def page() -> str:
    """Describe every format: what is read from it, what is not, and how to export it."""
    return "\n".join([_HEAD, *map(_section, known_formats().values())])


def _section(format: Format) -> str:
    unstated = [part for part in ("cached", "written", "reasoning") if getattr(format, part) == "unstated"]
    lines = [f"- Source: {format.source}."]
    lines += [f"- Export: {format.export}."] * bool(format.export)
    lines += [f"- Read: {', '.join(format.columns)}."]
    lines += [f"- Not in it, or not said: {', '.join([*unstated, *filter(None, [format.lacks])])}."] * bool(
        unstated or format.lacks
    )
    lines += [f"- `{column}`: {text}." for column, text in format.remarks.items()]
    return f"## {format.title[:1].upper()}{format.title[1:]} (`{format.name}`)\n\n" + "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
