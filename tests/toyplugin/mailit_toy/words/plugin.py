"""It brings nothing but its name; what others use of it is in `service`."""

from mailit.plugin import Plugin


class WordsPlugin(Plugin):
    """Words for toys."""

    name = "toy_words"
