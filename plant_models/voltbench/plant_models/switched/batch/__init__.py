"""Many designs of one topology advanced in lockstep, diode events per lane."""
