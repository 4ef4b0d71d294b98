"""The toy, and the words that it builds on, as MailIt plugins."""

from mailit_toy.plugin import ToyPlugin
from mailit_toy.words.plugin import WordsPlugin

toy = ToyPlugin()
words = WordsPlugin()
