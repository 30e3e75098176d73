"""The ESC/POS probe: questions and answers (`wire`), conclusions (`decide`), and both as one value (`probe`)."""
