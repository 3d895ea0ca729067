"""Equations of each topology written by hand: the reference that knows nothing of the engine."""
