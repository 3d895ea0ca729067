"""From references to gate edges: legs with dead time, then what each converter asks of them."""
