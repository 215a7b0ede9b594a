"""Who may do what in PostgreSQL: the roles, the command that creates them, the operation that grants."""
