"""What client and server both see: messages, batches, limits, versions; no key, no case, no I/O."""
