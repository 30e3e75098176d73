"""What Prometheus is shown of a printer's reasons: keywords, the ones of now, and nothing that a server made up."""

from __future__ import annotations

from waybilld.services.meters import Meters


def shown(meters: Meters) -> list[str]:
    """The reasons of the printer in the exposition."""
    samples = [sample for metric in meters.printer_state.collect() for sample in metric.samples]
    return sorted(sample.labels["reason"] for sample in samples if sample.labels["printer"] == "p1")


def test_reasons_are_keywords_or_other() -> None:
    """Each text becomes a series that is kept for weeks; escapes and megabytes have no business there."""
    meters = Meters()
    meters.printer("p1", ["media-empty-error", "x\x1b[2J-error", "y" * 5000, "com.vendor.lamp"])
    assert shown(meters) == ["com.vendor.lamp", "media-empty-error", "other"]


def test_older_reasons_are_gone() -> None:
    """A printer that was mended must not ring an alert for ever."""
    meters = Meters()
    meters.printer("p1", ["x\n"])
    meters.printer("p1", ["paused"])
    assert shown(meters) == ["paused"]
    meters.printer("p1", [])
    assert shown(meters) == ["none"]
