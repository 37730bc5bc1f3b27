"""Storage: the vault file, SQLCipher, and the ports of ``app.services.ports`` over it."""
