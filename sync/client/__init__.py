"""A laptop's side of synchronisation: the session, the engine that drives it, the transports."""
