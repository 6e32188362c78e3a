"""A class: votes before and after the talk, and everybody's results, on one board."""
