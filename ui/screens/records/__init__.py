"""The repeated records of one case: actions, events, measures, people around her."""
