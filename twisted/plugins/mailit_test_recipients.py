"""Test recipients, as a MailIt plugin."""

from mailit.plugin import PluginMaker

test_recipients = PluginMaker("mailit.plugins.test_recipients.plugin.TestRecipientsPlugin")
