"""Which interpreter a device is given."""

from collections.abc import Callable
from typing import Final, get_args

from waybilld_printers.virtual.cpcl.interpreter import CpclInterpreter
from waybilld_printers.virtual.escpos.interpreter import EscposInterpreter
from waybilld_printers.virtual.interpreter import Interpreter
from waybilld_printers.virtual.machine import DeviceConfig, Language
from waybilld_printers.virtual.tspl.interpreter import TsplInterpreter
from waybilld_printers.virtual.zpl.interpreter import ZplInterpreter

_INTERPRETERS: Final[dict[Language, Callable[[int], Interpreter]]] = {
    "tspl": TsplInterpreter,
    "escpos": EscposInterpreter,
    "cpcl": CpclInterpreter,
}

LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)


def interpreter(config: DeviceConfig) -> Interpreter:
    """A new interpreter of the device's language, as it is after power on."""
    if config.language == "zpl":
        return ZplInterpreter(config.dots_per_mm, json=config.json)
    return _INTERPRETERS[config.language](config.dots_per_mm)
