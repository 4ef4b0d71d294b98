"""What other plugins may use of the words."""


def greeted(greeting: str, name: str) -> str:
    """A greeting in full."""
    return f"{greeting}, {name}!"
