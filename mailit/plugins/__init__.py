"""The bundled features, each a plugin."""
