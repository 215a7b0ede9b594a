"""What happened, never forgotten: who did what to which object, by IDs and verbs alone."""
