"""What TSPL and CPCL have in common: lines and pictures gather until a word prints them, and the picture is a bitmap."""

from waybilld_printers.virtual.interpreter import PlainInterpreter
from waybilld_printers.virtual.label import Graphic

JOB_LIMIT = 8 * 1024 * 1024
"""Bytes of one job; the memory for images is no larger, and what is more is thrown away with a complaint."""


class LineJob(PlainInterpreter):
    """The job under way: its bytes, what was odd about it, and its pictures."""

    def forget(self) -> None:
        """Nothing of a job is left."""
        self._raw = bytearray()
        self._complaints: dict[str, None] = {}
        self._graphics: list[Graphic] = []

    def _keep(self, raw: bytes) -> None:
        self._raw += raw
        if len(self._raw) > JOB_LIMIT:
            self._raw.clear()
            self._graphics = []
            self._complain(f"a job over {JOB_LIMIT} bytes was discarded")

    def _complain(self, text: str) -> None:
        self._complaints[text] = None
