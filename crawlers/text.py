"""The text of a story out of the elements that hold it: paragraphs, Markdown, links, media. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

from selectolax.lexbor import LexborNode

from crawlers import urls
from crawlers.blocks import Block, Cut, cut
from crawlers.body import read
from crawlers.dates import PrintLine, without_print_lines
from crawlers.items import Embed, Picture
from crawlers.markdown import markdown


@dataclass(frozen=True, slots=True)
class Text:
    """A body as read, and what was cut out of it."""

    paragraphs: tuple[str, ...]
    markdown: str
    line: PrintLine | None
    links: tuple[tuple[str, str], ...]  # href and text of each link, as written
    pictures: tuple[Picture, ...]  # addresses absolute, each placed after a number of paragraphs
    embeds: tuple[Embed, ...]

    @property
    def body(self) -> str:
        """The paragraphs with "\\n\\n" between them."""
        return "\n\n".join(self.paragraphs)


def text_of(contents: Sequence[LexborNode], base: str) -> Text:
    """The text of these elements as trafilatura reads it, without chrome and print line."""
    return text_in([cut(content) for content in contents], base)


def text_in(cuts: Sequence[Cut], base: str) -> Text:
    """The text of these cuts, one behind the other; `base` makes addresses absolute."""
    blocks: list[Block] = []
    media: list[tuple[Picture | Embed, int]] = []
    for one in cuts:
        media += [(found, place + len(blocks)) for found, place in one.media]
        blocks += one.blocks
    kept = read([block.text for block in blocks])
    printed = without_print_lines([paragraph for _, paragraph in kept])
    numbers = [kept[index][0] for index, _ in printed.paragraphs]
    shown = [
        blocks[number] if blocks[number].text == paragraph else Block(paragraph, blocks[number].form)
        for number, (_, paragraph) in zip(numbers, printed.paragraphs, strict=True)
    ]
    placed = [(found, bisect_left(numbers, place)) for found, place in media]
    return Text(
        paragraphs=tuple(paragraph for _, paragraph in printed.paragraphs),
        markdown=markdown(shown, lambda href: urls.absolute(href, base)),
        line=printed.line,
        links=tuple(link for one in cuts for link in one.links),
        pictures=placed_pictures(
            [(found, after) for found, after in placed if isinstance(found, Picture)], base
        ),
        embeds=placed_embeds([(found, after) for found, after in placed if isinstance(found, Embed)], base),
    )


def placed_pictures(found: Sequence[tuple[Picture, int | None]], base: str) -> tuple[Picture, ...]:
    """Pictures with absolute addresses and their places; those without an address of the web are none."""
    return tuple(
        replace(picture, url=address, after=after)
        for picture, after in found
        if (address := urls.absolute(picture.url, base))
    )


def placed_embeds(found: Sequence[tuple[Embed, int]], base: str) -> tuple[Embed, ...]:
    """Embeds with absolute addresses and their places; those without an address of the web are none."""
    return tuple(
        replace(embed, url=address, after=after)
        for embed, after in found
        if (address := urls.absolute(embed.url, base))
    )


def absolute_links(links: Sequence[tuple[str, str]], base: str) -> tuple[str, ...]:
    """The http(s) addresses among the links of a body, in order, each once."""
    found = (urls.absolute(href, base) for href, _ in links)
    return tuple(dict.fromkeys(address for address in found if address))
