"""CPCL, after the model of a Zebra mobile printer."""
