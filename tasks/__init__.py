"""WHAT: projects, tasks, comments and what belongs to them."""
