"""The `raw` transport: TCP to a printer's print port (9100), with the closing token withheld until the last moment."""
