"""WHO: accounts of people."""
