"""Where keys come from. Only `nozbe.encryption` imports this room."""
