"""Seals and opens batches, keeps a device's keys, enrols devices. The server never imports this."""
