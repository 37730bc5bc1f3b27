"""What whoever is written to have left the centre can still do at her laptop."""
