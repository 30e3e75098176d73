"""Which interpreter a device is given."""

import importlib
from collections.abc import Callable
from typing import Final

from waybilld_printers.virtual.cpcl.interpreter import CpclInterpreter
from waybilld_printers.virtual.escpos.interpreter import EscposInterpreter
from waybilld_printers.virtual.interpreter import Interpreter
from waybilld_printers.virtual.machine import DeviceConfig
from waybilld_printers.virtual.tspl.interpreter import TsplInterpreter
from waybilld_printers.virtual.zpl.interpreter import ZplInterpreter

_INTERPRETERS: Final[dict[str, Callable[[int], Interpreter]]] = {
    "zpl": ZplInterpreter,
    "tspl": TsplInterpreter,
    "escpos": EscposInterpreter,
    "cpcl": CpclInterpreter,
}

LANGUAGES: Final = tuple(_INTERPRETERS)


def interpreter(config: DeviceConfig) -> Interpreter:
    """A new interpreter of the device's language, as it is after power on. Raises `ValueError` for an unknown language."""
    if config.speaks is not None:
        return config.speaks(config.dots_per_mm)
    if config.language == "zpl":
        return ZplInterpreter(config.dots_per_mm, json=config.json)
    if config.language not in _INTERPRETERS:
        raise ValueError(f"{config.language!r} is not one of {', '.join(LANGUAGES)}; `speaks` brings another")
    return _INTERPRETERS[config.language](config.dots_per_mm)


def load(text: str) -> Callable[[int], Interpreter]:
    """What `MODULE:FACTORY` names. Raises `ValueError` where it cannot be had."""
    module, _, name = text.partition(":")
    try:
        factory: Callable[[int], Interpreter] | None = getattr(importlib.import_module(module), name, None)
    except (ImportError, SyntaxError, ValueError) as error:
        raise ValueError(f"{module} cannot be imported: {error}. It must be installed, or lie in this folder") from error
    if not callable(factory):
        raise ValueError(f"{module} has no {name or 'factory'} that makes an interpreter")
    return factory
