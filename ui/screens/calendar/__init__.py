"""The days by which terms are counted, and the distances of districts: what a centre writes."""
