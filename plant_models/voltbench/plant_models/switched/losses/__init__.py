"""Losses of a switched circuit, from the exact solution of whole periods."""
