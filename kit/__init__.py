"""Evidence for one question: should we move this workload to a cheaper model?"""

from importlib.metadata import version

__all__ = ["__version__"]

__version__ = version("migration-kit")
