"""Who attends one case, and who came in."""
