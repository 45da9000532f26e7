"""Files appear whole, written beside their place and then moved into it; what is read from YAML is read strictly."""

import os
import tempfile
from pathlib import Path
from typing import Any

import yaml

__all__ = ["matching", "read_yaml", "write_bytes", "write_text"]


def matching(path: Path) -> list[Path]:
    """What a path names, sorted: a file, a folder, or by a pattern such as `logs/*.jsonl` any number of them."""
    whole = path.absolute()
    return sorted(Path(whole.anchor).glob(str(whole.relative_to(whole.anchor))))


def read_yaml(path: Path) -> Any:
    """Read plain data from a YAML file, in which no key may stand twice.

    Raises:
        ValueError: In one line, whatever keeps the file from being read.
    """
    try:
        return _Loader(path.read_text(encoding="utf-8")).get_single_data()
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise ValueError(f"cannot be read: {' '.join(said.split())}") from None


class _Loader(yaml.SafeLoader):
    """YAML's own would let the last of two equal keys win, in silence: of two prices, say."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        if twice := [key for key in keys if keys.count(key) > 1]:
            raise yaml.constructor.ConstructorError(None, None, f"{twice[0]!r} is given twice", node.start_mark)
        return super().construct_mapping(node, deep)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text so that a crash leaves the old file or the new one, never half of one."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, data: bytes) -> None:
    """Write bytes so that a crash leaves the old file or the new one, never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(draft).chmod(0o644)
        os.replace(draft, path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
