"""Figures of a trace: means, harmonics, ripple, power, soft switching."""
