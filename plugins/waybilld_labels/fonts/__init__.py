"""The label fonts: which files, which characters, 1-bit glyphs."""
