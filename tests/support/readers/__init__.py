"""Strict readers of what encoders may write, made from the manuals and nothing else; they share no line with the encoders.

Each takes the whole bytes of one document and gives back its pixels, or raises `Refused` at the first byte that is not
exactly what such a document may hold: an unexpected command, another order, a wrong length, ink in the padding, anything
left over.
"""
