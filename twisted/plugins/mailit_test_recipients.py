"""Test recipients, as a MailIt plugin."""

from mailit.plugins.test_recipients.plugin import TestRecipientsPlugin

test_recipients = TestRecipientsPlugin()
