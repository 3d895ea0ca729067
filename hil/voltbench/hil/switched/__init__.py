"""Switched converters under the control laws, as the command and the gallery run them."""
