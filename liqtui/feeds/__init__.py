"""The network: sockets and REST schedules, watched and paced; knows the protocol and the model."""
