"""The sandbox, as a MailIt plugin."""

from mailit.plugin import PluginMaker

sandbox = PluginMaker("mailit.plugins.sandbox.plugin.SandboxPlugin")
