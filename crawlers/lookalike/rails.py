"""What stands around a story: which teasers, how many comments. A function of seed, stir and stories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from crawlers.lookalike.stories import Shape, Story
from crawlers.lookalike.texts import die

_POOL = 70  # rails show the newest stories, three days' worth of them


@dataclass(frozen=True, slots=True)
class Rails:
    """The boxes around one story, each with the stories it teases."""

    read_more: tuple[Story, ...]
    sponsored: Story
    latest: tuple[Story, ...]
    popular: tuple[Story, ...]
    must_read: tuple[Story, ...]
    opinion: tuple[Story, ...]
    editorial: tuple[Story, ...]
    inside: tuple[Story, ...]  # the box inside the body element; empty on most pages
    neighbours: tuple[Story, Story]
    comments: int
    hours: int
    urdu: tuple[int, ...]  # numbers of the three cards of the other host

    @property
    def texts(self) -> tuple[str, ...]:
        """The teasers' sentences on the page, each once, in the order they first appear."""
        shown = (*self.inside, *self.popular, *self.must_read, *self.opinion, *self.editorial)
        return tuple(dict.fromkeys(story.excerpt for story in shown if story.excerpt))


def rails_of(story: Story, newest: Sequence[Story], sponsored: Story, seed: int, stir: int) -> Rails:
    """The rails of a story's page. They never tease the story itself, nor what leads to another host."""
    fall = die(seed, "rails", stir, story.id)
    others = [other for other in newest if other.id != story.id and not other.points_to]
    recent = others[:_POOL]
    opinions = [other for other in recent if other.kind == "opinion"]
    editorials = [other for other in recent if other.kind == "editorial"]
    news = [other for other in recent if other.kind == "news"]
    same = [other for other in news if other.section == story.section]
    inside = _some(fall, opinions, 2) + _some(fall, editorials, 2)
    return Rails(
        read_more=_some(fall, same or news, 3),
        sponsored=sponsored,
        latest=_some(fall, others[:15], 6),
        popular=_some(fall, recent, 3),
        must_read=_some(fall, news, 2),
        opinion=_some(fall, opinions, 4),
        editorial=_some(fall, editorials, 6),
        inside=inside if any(block.shape is Shape.RAIL for block in story.blocks) else (),
        neighbours=(others[0], others[-1]),
        comments=fall.randint(0, 240),
        hours=fall.randint(1, 23),
        urdu=tuple(fall.randint(1_270_000, 1_279_999) for _ in range(3)),
    )


def _some(fall: Random, stories: Sequence[Story], count: int) -> tuple[Story, ...]:
    return tuple(fall.sample(stories, min(count, len(stories))))
