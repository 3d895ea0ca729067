"""Control laws as interrupts of switched converters, ready to be measured and tuned."""
