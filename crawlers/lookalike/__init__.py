"""A small made-up dawn.com on loopback: generated texts in our own markup, with faults as switches.

It is for the demo and the tests. Nothing of it comes from the real site but the facts of how that is built.
"""

from crawlers.lookalike.newspaper import Lookalike
from crawlers.lookalike.redesign import Redesign
from crawlers.lookalike.stories import Block, Shape, Story

__all__ = ["Block", "Lookalike", "Redesign", "Shape", "Story"]
