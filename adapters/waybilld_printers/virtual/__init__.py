"""A virtual label printer: a program of its own that imports nothing else of ours.

Start it with ``python -m waybilld_printers.virtual``; ``--help`` shows examples. It speaks ZPL II, TSPL, ESC/POS or CPCL
on a print port, answers the status questions of its language there and, in ZPL, on a status port, and takes faults on a
control port or from a script. What came out lies in a tray folder: one PNG per label and a ledger line for each.
``docs/reference/virtual-printer.md`` lists all of it. ``memory`` has the same printer without sockets, for unit tests.

It is a graphics-only device: graphics are drawn, text, barcodes and boxes are not (the ledger then says ``not drawn:
^BC``). Its decoders share no code with any encoder, so that they can contradict one.

Where a manual is silent, the device takes the harsher reading: a label cut off by a broken connection stays in memory,
and what comes on the next connection is taken for the rest of it.
"""
