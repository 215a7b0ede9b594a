"""The end: what is destroyed, in what order, what is kept and why."""
