"""Half an hour of people and faults: what is lost, what leaks, what grows."""
