"""Markets and exchanges of our own: what no live feed tells, and what no test may reach."""
