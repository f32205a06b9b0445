"""Real servers that are killed, frozen, filled and cut off while clients write and keep ledgers."""
