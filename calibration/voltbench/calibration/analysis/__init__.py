"""Loops measured on the switched converter, and gains that are proved on it."""
