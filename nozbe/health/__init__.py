"""Whether each part answers: asked by the proxy (healthz, readyz), by the clock (jobs) and by a person (doctor)."""
