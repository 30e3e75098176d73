"""ZPL II, after the model of a Zebra with Link-OS."""
