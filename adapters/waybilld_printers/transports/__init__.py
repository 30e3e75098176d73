"""Ways to carry a label's bytes to a printer."""
