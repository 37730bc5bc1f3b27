"""The open referrals of all cases, and the slips that come back."""
