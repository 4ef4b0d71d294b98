"""MailIt: a self-hosted email platform for developers."""

__version__ = "0.1.0"
