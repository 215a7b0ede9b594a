"""WHO HELPS: the support panel and, in `console`, the privileged console. Staff are not customers."""
