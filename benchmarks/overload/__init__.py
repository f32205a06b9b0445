"""What becomes of those who are answered when more is asked than can be done."""
