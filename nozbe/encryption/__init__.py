"""Nobody else sees a key. Built so far: how one value is sealed, and the client of the key server."""
