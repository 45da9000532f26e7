"""Evidence for one question: should we move this workload to a cheaper model?"""

from importlib.metadata import version
from typing import Any

__all__ = ["__version__", "aconnect", "ask", "connect"]

__version__ = version("migration-kit")


def __getattr__(name: str) -> Any:
    # the client brings pandas with it, which `python -m kit --help` does not need
    if name in ("aconnect", "ask", "connect"):
        from kit.client import client

        return getattr(client, name)
    raise AttributeError(f"module 'kit' has no attribute {name!r}")
