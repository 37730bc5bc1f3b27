"""*Registro*: who did what on this laptop, for auditing and coordination."""
