"""A million made-up stories through the warehouse: how fast, how large, how the cost grows with the data."""
