"""Ratings, gains from bandwidths, margins."""
