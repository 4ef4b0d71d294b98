"""Fakes that are real objects, shipped for our own tests and for plugin authors."""
