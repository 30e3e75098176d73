"""A virtual label printer, after the model of a Zebra: a program of its own that imports nothing else of ours.

Start it with ``python -m waybilld_printers.virtual``; ``--help`` shows examples. It speaks ZPL II on a print port,
answers ``~HS``, ``~HI``, ``~HQES`` and SGD ``getvar`` questions on the print port and on a status port, and takes
faults on a control port. What came out lies in a tray folder: one PNG per label and a ledger line for each.

It is a graphics-only device: ``^GF`` graphics are drawn, text, barcodes and boxes are not (the ledger then says
``not drawn: ^BC``). Its decoder shares no code with any encoder, so that it can contradict one.

Where the manual is silent, the device takes the harsher reading: a format cut off by a broken connection stays in
memory, and the next format on the next connection is drawn on top of it, until ``~JX``, ``~JA`` or a power cycle.
"""
