"""Acts of the centre that open with a reason, and who opened which."""
