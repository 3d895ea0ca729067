"""Published measurements and tables against what the models of this repository give."""
