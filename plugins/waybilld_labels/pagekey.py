"""The name of a page: a digest of everything that decides its pixels."""

from __future__ import annotations

import hashlib
import json
from dataclasses import astuple

from waybilld_labels.fonts.faces import digests
from waybilld_sdk.labels import LabelRequest

TEMPLATE_VERSION = "standard-2"
"""Raised with every change of the drawing that moves a dot."""


def page_key(request: LabelRequest) -> str:
    """SHA-256, in hex, over the request, the template's version and the font files' digests. Same key, same pixels."""
    content = (TEMPLATE_VERSION, digests(), astuple(request))
    # ASCII escapes carry every string there is, a lone surrogate too.
    return hashlib.sha256(json.dumps(content, ensure_ascii=True, separators=(",", ":")).encode("ascii")).hexdigest()
