"""Typed messages of DIN SPEC 70121 and ISO 15118-2 as a DC charge without contract uses them."""
