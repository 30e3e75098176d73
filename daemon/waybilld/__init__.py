"""The waybilld daemon: from a marketplace's paid order to a label that is proven to be on paper."""

__version__ = "0.1.0"
"""The release, as the package's metadata and the journal name it."""
