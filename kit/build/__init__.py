"""Turn a study into a report: check its file, run its notebooks, write PDF and HTML.

It may import every other room; papermill and nbconvert come when a build starts.
Begin with `read_study(name, root)`, `jobs(study, ...)` for what would run, and `build(study, ...)`.
"""

import sys

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

# jsonschema, which nbformat imports, would compile the grammar of international addresses: 2.5 s in every process, for
# a format that no notebook has. A module that is None there counts as not installed.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
