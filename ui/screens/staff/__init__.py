"""The people who open this laptop: they come, forget their words, change roles, and go."""
