"""From a finding in a tree of values to the line and column of the file that it stands in."""

from __future__ import annotations

from waybilld_sdk.files.explain import Finding
from waybilld_sdk.files.marks import Document, Mark
from waybilld_sdk.files.words import dotted
from waybilld_sdk.settings import Mistake


def placed(shown: str, document: Document, finding: Finding) -> Mistake:
    """The finding at its place in the file that people know as `shown`."""
    mark = document.keys.get(finding.path) if finding.at_key else None
    at = finding.path
    while mark is None:
        # What is missing has no place of its own: its nearest parent's stands for it.
        mark, at = document.values.get(at, Mark(1, 1) if not at else None), at[:-1]
    return Mistake(shown, mark.line, mark.column, dotted(finding.path), finding.message)
