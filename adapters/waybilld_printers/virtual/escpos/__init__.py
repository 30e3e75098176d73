"""ESC/POS, after the model of an Epson receipt printer with a cutter."""
