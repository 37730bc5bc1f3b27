"""Who saw a case: for its team, coordination and auditing."""
