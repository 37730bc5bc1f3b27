"""Receiving somebody: who is she, is she on file, and a new ficha."""
