"""Reading the files of the data release, strictly: every refusal names file and line."""
