"""Small pictures of shapes, letters and bars, made point by point, so that the same seed gives the same bytes anywhere.

What a drawing library draws and how zlib packs it changes with their versions; and with other bytes a picture would be
another question, to be asked and paid for again. So shapes are drawn by whole numbers, and the file is not compressed.
"""

import base64
import struct
import zlib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from kit.files import read_yaml

__all__ = ["COLOURS", "HEIGHT", "SHAPES", "WIDTH", "bar", "blank", "data_uri", "letters", "shape", "write"]

WIDTH, HEIGHT = 256, 192
"""Points."""

COLOURS: Mapping[str, tuple[int, int, int]] = {
    "white": (255, 255, 255), "black": (20, 20, 20), "blue": (0, 90, 200), "orange": (230, 120, 0),
}  # fmt: skip
"""Name -> red, green and blue; the first is the ground."""

SHAPES = ("circle", "square", "triangle")

_MOST = 65_535
"""Bytes of one stored block (RFC 1951, 3.2.4)."""


def blank() -> np.ndarray:
    """An empty picture: a row a line of points, each the number of its colour."""
    return np.zeros((HEIGHT, WIDTH), dtype=np.uint8)


def shape(picture: np.ndarray, kind: str, x: int, y: int, size: int, colour: str) -> None:
    """Draw a shape of SHAPES, filled, around a point; `size` is half its width."""
    rows, columns = np.indices(picture.shape)
    across, down = columns - x, rows - y
    inside = {
        "circle": across**2 + down**2 <= size**2,
        "square": (abs(across) <= size) & (abs(down) <= size),
        "triangle": (abs(down) <= size) & (2 * abs(across) <= down + size),
    }[kind]
    picture[inside] = list(COLOURS).index(colour)


def bar(picture: np.ndarray, x: int, height: int, width: int, colour: str, foot: int) -> None:
    """Draw a bar that stands `foot` points above the lower edge, its left side at `x`."""
    ground = HEIGHT - foot
    picture[ground - height : ground, x : x + width] = list(COLOURS).index(colour)


def write(picture: np.ndarray, text: str, x: int, y: int, dot: int, colour: str) -> None:
    """Write a line of letters and digits with its upper left corner at a point; `dot` points make a letter's dot."""
    for place, sign in enumerate(text):
        dots = np.array([[point == "#" for point in row] for row in _glyphs()[sign]])
        inside = np.kron(dots, np.ones((dot, dot), dtype=bool))
        left = x + place * 6 * dot
        part = picture[y : y + inside.shape[0], left : left + inside.shape[1]]
        part[inside] = list(COLOURS).index(colour)


def letters() -> str:
    """The letters and digits that `write` knows; none looks like another."""
    return "".join(_glyphs())


def data_uri(picture: np.ndarray) -> str:
    """The picture as a PNG (ISO/IEC 15948) in a data URI: two bits a point, colours by number."""
    packed = picture.reshape(HEIGHT, WIDTH // 4, 4)
    lines = packed[..., 0] << 6 | packed[..., 1] << 4 | packed[..., 2] << 2 | packed[..., 3]
    data = b"".join(b"\0" + line.tobytes() for line in lines)
    palette = b"".join(map(bytes, COLOURS.values()))
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 2, 3, 0, 0, 0)
    parts = [_chunk(b"IHDR", head), _chunk(b"PLTE", palette), _chunk(b"IDAT", _stored(data)), _chunk(b"IEND", b"")]
    return "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"".join(parts)).decode()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _stored(data: bytes) -> bytes:
    """A zlib stream (RFC 1950) that holds its data as they are."""
    blocks = [data[at : at + _MOST] for at in range(0, len(data), _MOST)]
    heads = [
        struct.pack("<BHH", n == len(blocks), len(block), len(block) ^ 0xFFFF) for n, block in enumerate(blocks, 1)
    ]
    body = b"".join(head + block for head, block in zip(heads, blocks, strict=True))
    return b"\x78\x01" + body + struct.pack(">I", zlib.adler32(data))


@cache
def _glyphs() -> Mapping[str, Sequence[str]]:
    return read_yaml(Path(__file__).parents[1] / "data" / "glyphs.yaml")
