"""*Hoy*: the agenda of the centre."""
