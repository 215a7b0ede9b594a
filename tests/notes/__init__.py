"""A little app with sealed content, only for tests: what encryption promises is tried on it through real doors."""
