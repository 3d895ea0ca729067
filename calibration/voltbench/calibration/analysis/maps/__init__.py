"""Steady-state maps of a DC-DC converter over output voltage and current."""
