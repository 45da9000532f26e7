"""A page with a script of ours that cannot be made to run anything else.

Data stand in a script element as JSON in which no tag can begin, hidden characters are shown by their code points, and
the page's own policy allows the script and style that are in it, by their hashes, and nothing from elsewhere.
"""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

__all__ = ["render", "script_json"]

_TEMPLATES = Path(__file__).parents[1] / "templates"
_pages = jinja2.Environment(loader=jinja2.FileSystemLoader(_TEMPLATES), autoescape=True, keep_trailing_newline=True)


def render(name: str, data: object, *, title: str, subtitle: str = "", sends: bool = False) -> str:
    """Write `templates/NAME.html` with its own style, its script, the script that marks differences, and data.

    Args:
        sends: True if the page may send what a person does in it to the server that it came from.
    """
    style = _read(f"{name}.css")
    script = "\n".join(map(_read, ("differences.js", f"{name}.js")))
    rules = {
        "default-src": "'none'", "script-src": _hash(script), "style-src": _hash(style), "base-uri": "'none'",
        "form-action": "'none'", "connect-src": "'self'" if sends else "'none'",
    }  # fmt: skip
    policy = "; ".join(f"{rule} {sources}" for rule, sources in rules.items())
    return _pages.get_template(f"{name}.html").render(
        policy=Markup(policy), title=title, subtitle=subtitle,  # noqa: S704  # ours, and free of anybody's text
        style=Markup(style), script=Markup(script), data=Markup(script_json(data)),  # noqa: S704
    )  # fmt: skip


def script_json(data: Any) -> str:
    """JSON for a script element: `<`, `>` and `&` are escaped, so no text in it can close the element."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _read(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
