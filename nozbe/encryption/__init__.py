"""Nobody else sees a key: how content is sealed, and where keys come from. Built so far: the envelope, the key service."""
