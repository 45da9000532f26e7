"""Stream large JSON documents: elements of one list inside, piece by piece, with what stands before it."""

import codecs
import json
import re
from collections.abc import Iterator
from typing import IO, Any

__all__ = ["elements", "first_list"]

_PIECE = 4 * 2**20
_SPACE = re.compile(r"[\s,]*")
_DECODER = json.JSONDecoder()


def first_list(file: IO[bytes], encoding: str, most: int) -> dict[str, Any] | None:
    """Return a document with the first of the elements of its first list of objects; None if it has none."""
    place: dict[str, Any] | None = None
    for record, name in elements(file, encoding):
        held = record[name]
        if place is None:
            place = {**record, name: []}
        place[name] += held
        if len(place[name]) >= most:
            break
    return place


def elements(file: IO[bytes], encoding: str, name: str = "") -> Iterator[tuple[dict[str, Any], str]]:
    """Yield a document as often as its list has elements: what stands before the list, and one element in it.

    Args:
        name: The key of the list; empty for the first key that has a list of objects.

    Raises:
        ValueError: If the text is no object, or ends too early.
    """
    text = _Text(file, encoding)
    if text.take() != "{":
        raise ValueError("no object")
    before: dict[str, Any] = {}
    while (char := text.take()) != "}":
        key = text.value(char)
        if text.take() != ":":
            raise ValueError("a colon is missing")
        char = text.take()
        if char == "[" and key == (name or key) and text.look() in ("{", "]"):
            yield from _list(text, before, key)
            if not name:
                return
            continue
        value = text.value(char)
        if not isinstance(value, list | dict):
            before[key] = value


def _list(text: "_Text", before: dict[str, Any], key: str) -> Iterator[tuple[dict[str, Any], str]]:
    while (char := text.take()) != "]":
        yield {**before, key: [text.value(char)]}, key


class _Text:
    """The text of a file, of which as much is held as one value takes."""

    def __init__(self, file: IO[bytes], encoding: str) -> None:
        self._file, self._decoder = file, codecs.getincrementaldecoder(encoding)()
        self._text, self._at, self._ended = "", 0, False

    def look(self) -> str:
        """Return the next character that is no space or comma, without taking it."""
        while True:
            self._at = _SPACE.match(self._text, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._text):
                return self._text[self._at]
            self._more()

    def take(self) -> str:
        """Take the next character that is no space or comma."""
        char = self.look()
        self._at += 1
        return char

    def value(self, char: str) -> Any:
        """Take a value whose first character was taken."""
        self._at -= len(char)
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
                if end < len(self._text) or self._ended:  # a number may go on
                    self._at = end
                    return value
            except ValueError:
                if self._ended:
                    raise
            self._more()

    def _more(self) -> None:
        if self._ended:
            raise ValueError("the document is cut short")
        piece = self._file.read(
            max(_PIECE, len(self._text) - self._at)
        )  # doubling: a long value is tried anew each time
        self._ended = not piece
        self._text = self._text[self._at :] + self._decoder.decode(piece, final=self._ended)
        self._at = 0
