"""The probe of a printer without a way back."""
