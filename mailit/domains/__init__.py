"""Sending domains: their records, their verification, custody of their DKIM keys."""
