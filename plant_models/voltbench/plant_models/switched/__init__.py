"""Switched converters, declared as circuits and solved exactly between events."""
