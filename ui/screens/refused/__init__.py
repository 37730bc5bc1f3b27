"""A batch that could not be sent or used: why, what is safe, what to do, and what it holds."""
