"""One folder a screen: a dumb view, and a presenter that knows no Qt."""
