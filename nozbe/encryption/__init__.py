"""Nobody else sees a key, and what people write is sealed before it reaches the database."""
