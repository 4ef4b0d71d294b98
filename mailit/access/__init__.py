"""Who may do what: API keys, accounts, sessions, rate limits."""
