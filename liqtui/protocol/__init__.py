"""How an exchange is described, without I/O: no clock, no socket, no loop in here."""
