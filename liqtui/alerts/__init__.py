"""What is worth telling a person at once: rules over situations, and the sentences they speak."""
