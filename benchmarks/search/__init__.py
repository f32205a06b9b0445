"""Search on a synthetic catalogue of any size: quality and speed, beside other ways to search."""
