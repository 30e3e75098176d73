"""`waybilld demo`: two virtual printers and the daemon as children, and a person who watches labels come out.

A supervisor without Twisted: it starts processes, reads the daemon's API, and reports. It decides nothing about orders.
"""
