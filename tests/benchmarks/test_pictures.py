"""Pictures are made point by point, are PNG files, and have the same bytes anywhere."""

import base64
import hashlib
import io

import numpy as np
import pytest
from PIL import Image

from kit.benchmarks import pictures


def decoded(uri):
    """A picture as another library reads it, with its colours."""
    image = Image.open(io.BytesIO(base64.b64decode(uri.removeprefix("data:image/png;base64,"))))
    return np.array(image.convert("RGB"))


def drawn():
    picture = pictures.blank()
    for place, kind in enumerate(pictures.SHAPES):
        pictures.shape(picture, kind, 40 + 80 * place, 50, 20, list(pictures.COLOURS)[1 + place])
    pictures.bar(picture, 10, 40, 30, "blue", 20)
    pictures.write(picture, "K7", 100, 120, 5, "black")
    return picture


def test_png():
    """Another library reads a picture as it was drawn."""
    picture, colours = drawn(), np.array(list(pictures.COLOURS.values()), dtype=np.uint8)
    assert np.array_equal(colours[picture], decoded(pictures.data_uri(picture)))


def test_bytes():
    """The file has the same bytes on any machine, whatever its zlib: these."""
    assert "3873f0" == hashlib.sha256(pictures.data_uri(drawn()).encode()).hexdigest()[:6]


@pytest.mark.parametrize(
    ("kind", "points"),
    [
        pytest.param("circle", 1_257, id="a circle of radius 20: 400 pi, near enough"),
        pytest.param("square", 41 * 41, id="a square 41 points wide"),
        pytest.param("triangle", 841, id="a triangle as wide and high: half of it, and its edges"),
    ],
)
def test_shape(kind, points):
    """A shape has the points that it should."""
    picture = pictures.blank()
    pictures.shape(picture, kind, 100, 90, 20, "blue")
    assert points == np.count_nonzero(picture)


def test_write():
    """An L of dots two points wide is seven high and five broad."""
    picture = pictures.blank()
    pictures.write(picture, "L", 10, 10, 2, "black")
    rows, columns = np.nonzero(picture)
    assert (10, 23, 10, 19, 44) == (rows.min(), rows.max(), columns.min(), columns.max(), len(rows))


def test_letters_differ():
    """No letter looks like another: each two differ in at least two dots."""
    shapes = {}
    for letter in pictures.letters():
        picture = pictures.blank()
        pictures.write(picture, letter, 0, 0, 1, "black")
        shapes[letter] = picture[:7, :5]
    least = min(np.count_nonzero(shapes[a] != shapes[b]) for a in shapes for b in shapes if a < b)
    assert (20, True) == (len(shapes), least >= 2)
