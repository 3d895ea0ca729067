"""The physics a charger works on: grid, converters, cable, battery, vehicle, heat."""
