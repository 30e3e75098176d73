"""Continuous paper that hangs out of the device: printed as the data arrives, a piece only once it is cut or torn off."""

from dataclasses import replace

from waybilld_printers.virtual.label import Graphic, Label, Strip


class Paper:
    """What has come out since the last cut."""

    def __init__(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self._strips: list[Strip] = []
        self._broken = False
        self._fed = False

    @property
    def hangs(self) -> bool:
        """Something is printed on it."""
        return any(strip.graphics for strip in self._strips)

    @property
    def fed(self) -> bool:
        """It was fed after the last print, so that it can be torn off whole."""
        return self._fed

    def add(self, strip: Strip) -> None:
        """More rows came out."""
        self._strips.append(strip)
        self._fed = not strip.graphics

    def spoil(self) -> None:
        """Some of what belonged on it is not, or not here: a part was torn off, or data was dropped."""
        self._broken = True

    def renew(self) -> None:
        """A new job begins: what is missing of the one before no longer matters."""
        self._broken = False

    def take(self, raw: bytes, complaints: tuple[str, ...] = ()) -> tuple[Label, bool]:
        """Cut it: the piece, whose bytes end with ``raw``; and whether it is whole."""
        graphics: list[Graphic] = []
        notes = dict.fromkeys(complaints)
        length = 0
        for strip in self._strips:
            graphics += [replace(graphic, y=graphic.y + length) for graphic in strip.graphics]
            notes.update(dict.fromkeys(strip.complaints))
            length += strip.rows
        whole = not self._broken
        piece = Label(
            raw=b"".join(strip.raw for strip in self._strips) + raw,
            width=max((strip.width for strip in self._strips), default=1),
            length=max(length, 1),
            graphics=tuple(graphics),
            complaints=tuple(notes),
        )
        self._clear()
        return piece, whole
