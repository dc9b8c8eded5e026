"""How alerts leave: a queue on disk, and the sinks it is emptied into by a thread of its own."""
