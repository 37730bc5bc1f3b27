"""The recovery sheets of this laptop: made, who keeps them, and the yearly drill."""
