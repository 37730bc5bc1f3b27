"""Fields with two values: a person chooses, nothing is lost."""
