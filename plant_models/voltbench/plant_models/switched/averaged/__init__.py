"""Averaged, first-harmonic and periodic steady-state models of the switched converters."""
