"""What the kinds of work do: decide, buy, render, confirm. Each is a `Handler` of the worker loop."""
