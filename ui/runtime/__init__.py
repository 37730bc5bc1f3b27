"""What every screen stands on: threads, languages, colours, icons, keys, the idle lock."""
