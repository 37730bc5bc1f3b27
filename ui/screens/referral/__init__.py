"""A referral: the form left, the page that will print right."""
