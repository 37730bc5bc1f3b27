"""Papers: a read model in, the bytes of a PDF out. No Qt, no SQL, nothing on disk."""
