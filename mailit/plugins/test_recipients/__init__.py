"""Test recipients: addresses that behave as their names say, and get nothing."""
