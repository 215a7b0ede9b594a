"""The whole product on one machine: every engine and every process, started in order, watched, and stopped cleanly."""
