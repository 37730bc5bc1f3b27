"""The papers of a case: its ficha and the letters."""
