"""A key that an endpoint repeats is not kept, in whatever form it comes."""

import base64
import json
from urllib.parse import quote

import pytest

from kit.client.key_mask import mask_for

KEY = "sk-a/b+C" + '"d' + "e1F2g3H4"


@pytest.mark.parametrize(
    "form",
    [
        pytest.param(KEY, id="as it is"),
        pytest.param(json.dumps(KEY)[1:-1], id="escaped in JSON"),
        pytest.param("".join(f"\\u{ord(c):04x}" for c in KEY), id="as JSON's code points"),
        pytest.param(quote(KEY, safe=""), id="encoded for a URL"),
        pytest.param(base64.b64encode(KEY.encode()).decode().rstrip("="), id="in base64"),
    ],
)
def test_forms(form):
    """The mark stands in its place, and what stands around it stays."""
    assert "the key [key]!" == mask_for(KEY).hide(f"the key {form}!")


@pytest.mark.parametrize("before", ["Bearer ", "a:", "user:x", ""])
def test_base64_of_more(before):
    """Of a longer text in base64, such as a header, nothing can be decoded to the key."""
    hidden = mask_for(KEY).hide(base64.b64encode(f"{before}{KEY}".encode()).decode())
    assert "[key]" in hidden
    assert KEY[4:-4] not in base64.b64decode(hidden.replace("[key]", "") + "==", validate=False).decode("latin-1")


@pytest.mark.parametrize("cut", range(1, len(KEY)))
def test_parts(cut):
    """A key that comes in two parts is never handed on, and what was held back comes later."""
    mask, held, parts = mask_for(KEY), "", []
    for text in (f"so {KEY[:cut]}", f"{KEY[cut:]} there, sk", "-and more"):
        part, held = mask.part(held, text)
        parts.append(part)
    assert "so [key] there, sk-and more" == "".join((*parts, held))


def test_words_are_no_keys():
    """Where no key is needed, what stands in its place is a word, which texts may hold."""
    assert "none is needed" == mask_for("none").hide("none is needed")
    assert ("a none", "") == mask_for("none").part("", "a none")
