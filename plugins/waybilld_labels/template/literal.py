"""The text around the expressions of a template: as it is drawn, and what was meant as an expression but is none."""

from __future__ import annotations

import re
import unicodedata

from waybilld_labels.template.scope import Scope

_BREAKS = re.compile("[ ]*[\t\n\x0b\x0c\r\x85\u2028\u2029][ \t\n\x0b\x0c\r\x85\u2028\u2029]*")
_BRACED = re.compile(r"\{ *([a-z_0-9]+(?:\.[a-z_0-9]+)*) *\}")


class Stray(ValueError):
    """Something in plain text that would be printed as it stands and was not meant to be."""


def plain(text: str, scope: Scope, *, first: bool, last: bool) -> str:
    """A piece of text with its line breaks and tabs as single blanks, and none of them at the ends. Raises `Stray`."""
    if "{%" in text or "{#" in text:
        raise Stray("there are no {% %} and {# #} in templates: use `when`, or {{ 'words' if … else '' }}")
    if "}}" in text:
        raise Stray("'}}' has no '{{' before it")
    for found in _BRACED.finditer(text):
        if not scope.wrong(tuple(found[1].split("."))):
            raise Stray(f"{found[0]} would be printed as it stands: write {{{{ {found[1]} }}}}")
    text = _BREAKS.sub(lambda found: "" if _outer(found, text, first=first, last=last) else " ", text)
    if unsound(text):
        raise Stray("the text holds a control character, which no label can show: remove it")
    return text


def unsound(text: str) -> bool:
    """Whether a control character stands in a text (Unicode general category Cc)."""
    return not text.isprintable() and any(unicodedata.category(char) == "Cc" for char in text)


def _outer(found: re.Match[str], text: str, *, first: bool, last: bool) -> bool:
    return (first and found.start() == 0) or (last and found.end() == len(text))
