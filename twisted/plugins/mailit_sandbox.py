"""The sandbox, as a MailIt plugin."""

from mailit.plugins.sandbox.plugin import SandboxPlugin

sandbox = SandboxPlugin()
