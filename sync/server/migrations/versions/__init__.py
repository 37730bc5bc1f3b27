"""The steps that bring a server's database to this version; never edited once released."""
