"""Agreement: compare two answers to one request by content, as objects field by field, else word for word.

The model's thinking (`<think>`) and a code fence around a block are removed first. Words are compared without regard to
case, spacing and the width of characters, numbers by their value (`1` is `1.0`, but not `"1"`), lists in their order.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kit.client.requests import Request
from kit.replay.outputs import Output, json_object

__all__ = ["FieldComparison", "compare_fields", "matches", "same", "word_overlap"]

_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
"""Thai, Lao, Burmese, Khmer, kana and Chinese, which put no spaces between words."""

_TOKEN = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")


@dataclass(frozen=True)
class FieldComparison:
    """Two objects field by field. A field is named by its path, such as `items[0].price`.

    Attributes:
        equal: Fields that both have, and that say the same.
        missing: Fields that only the object compared with has.
        extra: Fields that only the object compared has.
        differing: Fields that both have, and that say something else.
    """

    equal: tuple[str, ...]
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    differing: tuple[str, ...]

    @property
    def share(self) -> float:
        """Equal fields over all fields that either has, 0 to 1; two empty objects are equal."""
        total = sum(map(len, (self.equal, self.missing, self.extra, self.differing)))
        return len(self.equal) / total if total else 1.0

    def __str__(self) -> str:
        """The differences in words; empty if there are none."""
        named = {"missing": self.missing, "extra": self.extra, "differing": self.differing}
        return "; ".join(f"{label}: {', '.join(paths)}" for label, paths in named.items() if paths)


def same(request: Request, output: Output, reference: Output) -> bool:
    """True if two answers say the same: as objects if both are, else word for word."""
    comparison = compare_fields(request, output, reference)
    return comparison.share == 1 if comparison else _words(output.visible_text) == _words(reference.visible_text)


def compare_fields(request: Request, output: Output, reference: Output) -> FieldComparison | None:
    """Compare an answer with a reference field by field; None if one of them is not an object."""
    ours, theirs = json_object(request, output), json_object(request, reference)
    return None if ours is None or theirs is None else _compared(ours, theirs)


def matches(request: Request, output: Output, key: Any) -> bool:
    """True if an answer is what a person labelled as right.

    Args:
        key: An object, of which each field must be in the answer, which may have more of them; or words.
    """
    if isinstance(key, Mapping):
        comparison = _compared(json_object(request, output) or {}, key)
        return not comparison.missing and not comparison.differing
    return _words(output.visible_text) == _words(str(key))


def word_overlap(output: Output, reference: Output) -> float:
    """A hint of how alike two answers are, 0 to 1: words in common, whatever they mean.

    The F1 of words as in SQuAD (Rajpurkar et al. 2016, arXiv 1606.05250, 6.1), of characters where a script puts no
    spaces. "It is refundable" and "It is not refundable" are 0.86 alike: it can sort what to read first, and no more.
    """
    ours, theirs = (Counter(_TOKEN.findall(_words(str(one)))) for one in (output, reference))
    if not ours and not theirs:
        return 1.0
    return 2 * (ours & theirs).total() / (ours.total() + theirs.total())


def _words(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split()).casefold()


def _compared(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> FieldComparison:
    one, other = dict(_leaves(ours)), dict(_leaves(theirs))
    shared = [path for path in other if path in one]
    equal = {path for path in shared if _equal(one[path], other[path])}
    return FieldComparison(
        tuple(_path_name(path) for path in shared if path in equal),
        tuple(_path_name(path) for path in other if path not in one),
        tuple(_path_name(path) for path in one if path not in other),
        tuple(_path_name(path) for path in shared if path not in equal),
    )


_Path = tuple[str | int, ...]


def _leaves(value: Any) -> Iterator[tuple[_Path, Any]]:
    """Paths and values that hold nothing else, in order; without recursion, since a model chooses the depth."""
    left: list[tuple[_Path, Any]] = [((), value)]
    while left:
        path, value = left.pop()
        parts = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
        inside = [((*path, name), part) for name, part in parts]
        if not inside and path:
            yield path, value
        left.extend(reversed(inside))


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return _words(one) == _words(other)
    numbers = [isinstance(value, (int, float)) and not isinstance(value, bool) for value in (one, other)]
    return one == other and (all(numbers) or type(one) is type(other))


def _path_name(path: _Path) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")
