"""The calibration label: rulers and patches that show where, how dark and how finely a printer prints."""
