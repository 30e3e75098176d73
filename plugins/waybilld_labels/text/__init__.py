"""Words from outside, before anything is measured: cleaned, masked, broken into lines."""
