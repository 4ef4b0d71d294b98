"""A plugin that uses everything that a plugin may."""
