"""From a study's file to its report: notebooks run, outputs collected, PDF and HTML written."""

import sys

__all__ = []

# jsonschema, which nbformat imports, would compile the grammar of international addresses: 2.5 s in every process, for
# a format that no notebook has. A module that is None there counts as not installed.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
