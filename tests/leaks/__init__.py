"""The raw-disk laboratory: a disk that is the program's whole world, and what a thief reads on it."""
