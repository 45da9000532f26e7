"""Agreement: compare two answers to one request by content, as objects field by field, else as label, number or text.

The model's thinking (`<think>`) and a code fence around a block are removed first. A field is compared by its kind
(`values`), a list without regard to order unless it is of numbers or the study says `ordered`. Fields in which a model
explains itself (`reason`) do not count; free text that differs is for a judge.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kit.client import Request
from kit.replay.outputs import Output, json_object, kind
from kit.replay.values import equal, kind_of, words

__all__ = ["FieldComparison", "compare_fields", "matches", "same", "word_overlap"]

_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
"""Thai, Lao, Burmese, Khmer, kana and Chinese, which put no spaces between words."""

_TOKEN = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")

_NO_FIELDS: Mapping[str, str] = {}
_DEPTH, _ITEMS = 20, 50
"""Beyond this depth, or in longer lists, items are compared in their order: a model chooses both."""


@dataclass(frozen=True)
class FieldComparison:
    """Two objects field by field. A field is named by its path, such as `items[0].price`.

    Attributes:
        equal: Fields that both have, and that say the same.
        missing: Fields that only the object compared with has.
        extra: Fields that only the object compared has.
        differing: Fields that both have, and that say something else.
        texts: Free text in both that differs, which only a judge can tell.
        ignored: Fields that differ and do not count.
    """

    equal: tuple[str, ...]
    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    differing: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """Equal fields over all fields that either has and that count, 0 to 1; two empty objects are equal."""
        total = sum(map(len, (self.equal, self.missing, self.extra, self.differing, self.texts)))
        return len(self.equal) / total if total else 1.0

    @property
    def same(self) -> bool | None:
        """True if all fields that count say the same; None if only a judge can tell."""
        if self.missing or self.extra or self.differing:
            return False
        return None if self.texts else True

    def __str__(self) -> str:
        """The differences in words; empty if there are none."""
        named = {"missing": self.missing, "extra": self.extra, "differing": self.differing, "other text": self.texts}
        return "; ".join(f"{label}: {', '.join(paths)}" for label, paths in named.items() if paths)


def same(request: Request, output: Output, reference: Output, fields: Mapping[str, str] = _NO_FIELDS) -> bool | None:
    """True if two answers say the same: as objects if both are, else as labels or words; None if only a judge can tell.

    Args:
        fields: Field -> its kind, as the study gives it (`values.KINDS`).
    """
    if comparison := compare_fields(request, output, reference, fields):
        return comparison.same
    if kind(request, reference) == "text":
        return words(output.visible_text) == words(reference.visible_text)
    return bool(equal(output.visible_text, reference.visible_text))


def compare_fields(
    request: Request, output: Output, reference: Output, fields: Mapping[str, str] = _NO_FIELDS
) -> FieldComparison | None:
    """Compare an answer with a reference field by field; None if one of them is not an object."""
    ours, theirs = json_object(request, output), json_object(request, reference)
    return None if ours is None or theirs is None else _compared(ours, theirs, fields)


def matches(request: Request, output: Output, key: Any, fields: Mapping[str, str] = _NO_FIELDS) -> bool | None:
    """True if an answer is what a person labelled as right; None if only a judge can tell.

    Args:
        key: An object, of which each field must be in the answer, which may have more of them; or words.
    """
    if isinstance(key, Mapping):
        comparison = _compared(json_object(request, output) or {}, key, fields)
        return False if comparison.missing or comparison.differing else None if comparison.texts else True
    return bool(equal(output.visible_text, str(key)))


def word_overlap(output: Output, reference: Output) -> float:
    """A hint of how alike two answers are, 0 to 1: words in common, whatever they mean.

    The F1 of words as in SQuAD (Rajpurkar et al. 2016, arXiv 1606.05250, 6.1), of characters where a script puts no
    spaces. "It is refundable" and "It is not refundable" are 0.86 alike: it can sort what to read first, and no more.
    """
    ours, theirs = (Counter(_TOKEN.findall(words(str(answer)))) for answer in (output, reference))
    if not ours and not theirs:
        return 1.0
    return 2 * (ours & theirs).total() / (ours.total() + theirs.total())


def _compared(ours: Mapping[str, Any], theirs: Mapping[str, Any], fields: Mapping[str, str]) -> FieldComparison:
    our_leaves, their_leaves = dict(_leaves(_aligned(ours, theirs, fields, ()))), dict(_leaves(theirs))
    groups: dict[str, list[str]] = {name: [] for name in ("equal", "missing", "extra", "differing", "texts", "ignored")}
    for path in dict.fromkeys([*their_leaves, *our_leaves]):
        kind = kind_of(_plain_path(path), fields)
        if path in our_leaves and path in their_leaves:
            verdict = equal(our_leaves[path], their_leaves[path], kind)
            group = "texts" if verdict is None else "equal" if verdict else "differing"
        else:
            group = "missing" if path in their_leaves else "extra"
        groups["ignored" if kind == "ignore" and group != "equal" else group].append(_path_name(path))
    return FieldComparison(**{name: tuple(paths) for name, paths in groups.items()})


_Path = tuple[str | int, ...]


def _aligned(ours: Any, theirs: Any, fields: Mapping[str, str], path: _Path) -> Any:
    """Our value with the items of lists in the order of their likes in the other one, if order does not count."""
    if len(path) > _DEPTH:
        return ours
    if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
        return {name: _aligned(part, theirs[name], fields, (*path, name)) if name in theirs else part
                for name, part in ours.items()}  # fmt: skip
    if not (isinstance(ours, list) and isinstance(theirs, list)):
        return ours
    if not _unordered(ours, theirs, kind_of(_plain_path(path), fields)):
        items = zip(ours, theirs, strict=False)
        return [_aligned(*pair, fields, (*path, 0)) for pair in items] + ours[len(theirs) :]
    left, placed = list(ours), list[Any]()
    for item in theirs:
        scores = [_likeness(candidate, item, fields, (*path, 0)) for candidate in left]
        best = max(range(len(left)), key=scores.__getitem__, default=None)
        if best is None:
            break
        placed.append(_aligned(left.pop(best), item, fields, (*path, 0)))
    return placed + left


def _unordered(ours: list[Any], theirs: list[Any], kind: str) -> bool:
    """True if the order of two lists does not count: of names and objects, unless the study says `ordered`."""
    if kind in ("ordered", "unordered"):
        return kind == "unordered"
    plain = all(isinstance(item, (str, Mapping)) for item in (*ours, *theirs))
    return plain and max(len(ours), len(theirs)) <= _ITEMS


def _likeness(ours_item: Any, other: Any, fields: Mapping[str, str], path: _Path) -> float:
    """The share of fields that two items of a list have in common, 0 to 1."""
    if not (isinstance(ours_item, Mapping) and isinstance(other, Mapping)):
        return float(bool(equal(ours_item, other, kind_of(_plain_path(path), fields))))
    ours, theirs = dict(_leaves(ours_item)), dict(_leaves(other))
    return sum(bool(equal(ours[name], value)) for name, value in theirs.items() if name in ours) / max(len(theirs), 1)


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


def _plain_path(path: _Path) -> str:
    """A path without places in lists, as a study names fields: `items.price`."""
    return ".".join(str(part) for part in path if not isinstance(part, int))


def _path_name(path: _Path) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")
