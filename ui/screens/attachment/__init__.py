"""Looking at a picture or PDF that is attached to a case."""
