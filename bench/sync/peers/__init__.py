"""What others do with the same work, each in an environment of its own: plain Python here."""
