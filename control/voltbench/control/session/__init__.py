"""The charger's own session decisions: pilot states, stage requests, limits. Pure, no I/O."""
