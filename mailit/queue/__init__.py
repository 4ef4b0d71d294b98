"""Claims, holders, marks, retries, outcomes, subscribers and periodic jobs."""
