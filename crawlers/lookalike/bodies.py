"""The markup of what stands in the body element: blocks in, HTML out.

Our own writing: the same elements and class tokens as the real one's, and simpler.
"""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import dataclass

from crawlers.lookalike.stories import Block, Shape, Story

# A feed carries the body as the newsroom wrote it; ads, players and rails are set in by the page.
_PAGE_ONLY = (Shape.AD, Shape.PLAYER, Shape.RAIL)

_AD = (
    "<!-- advert:start --><div id='div-gpt-ad-88{n}' class='ad__wrapper__slot  "
    "my-4' data-name='In-Story-{n}'>"
    "<script>window.adslots = (window.adslots || []).concat('In-Story-{n}');</script></div>"
    "<!-- advert:end -->\n"
)
_PLAYER = (
    "<div class='video__player  video-js' role='dialog' aria-modal='true' aria-label='Player'>"
    "<h4 class='video__heading'>Now playing</h4><p>The player could not start. Press Escape "
    "to close this window.</p>"
    "<button type='button'>Play film</button></div>\n"
)


Markup = Callable[[Block, "Setting"], str]


def text(words: str) -> str:
    """The words as HTML text, a line break as <br>."""
    return html.escape(words, quote=False).replace("\n", "<br>")


def attribute(words: str) -> str:
    """The words as they may stand between quotes of either sort."""
    return html.escape(words.replace("\n", " "), quote=True)


def picture(story_id: int, size: str, number: int = 0) -> str:
    """The address of a made-up picture. No such picture is served."""
    return f"https://i.dawn.com/{size}/2026/03/{story_id}{number:03x}.webp"


@dataclass(frozen=True, slots=True)
class Setting:
    """What the markup of a block depends on besides the block."""

    story: Story
    number: int  # of the block in the body, from 0
    address: str
    rail: str  # the box of teasers, where the page has one in its body


def page_body(story: Story, address: str, rail: str) -> str:
    """The body as the page has it; `rail` is the box set in where the story has a place for one."""
    return "".join(
        _MARKUP[block.shape](block, Setting(story, number, address, rail))
        for number, block in enumerate(story.blocks)
    )


def feed_body(story: Story, address: str) -> str:
    """The body as feeds carry it: the same markup without ads, players and rails."""
    return "".join(
        _MARKUP[block.shape](block, Setting(story, number, address, ""))
        for number, block in enumerate(story.blocks)
        if block.shape not in _PAGE_ONLY
    )


def absolute(link: str, address: str) -> str:
    """The link with the look-alike's own address before a "/"."""
    return address + link if link.startswith("/") else link


def _paragraph(block: Block, setting: Setting) -> str:
    words = text(block.texts[0])
    if block.link is None:
        return f"<p>{words}</p>\n"
    phrase, link = text(block.link.phrase), block.link.address
    if link.startswith("/"):
        anchor = f'<a href="{attribute(setting.address + link)}">{phrase}</a>'
    else:
        outside = attribute(link)
        anchor = f'<a rel="noopener" class="link--external" href="{outside}"><u>{phrase}</u></a>'
    return f"<p>{words.replace(phrase, anchor, 1)}</p>\n"


def _figure(block: Block, setting: Setting) -> str:
    source, caption = picture(setting.story.id, "large", setting.number + 1), block.texts[0]
    return (
        "    <figure class='media  w-full  sm:w-full    media--center  media--uneven' "
        f"data-original-src='{source}'>\n"
        f"        <div class='media__item  '><picture><img src='{source}' alt='{attribute(caption)}' />"
        "</picture></div>\n"
        f"        <figcaption class='media__caption  '>{text(caption)}</figcaption>\n    </figure>\n"
    )


def _print_line(block: Block, setting: Setting) -> str:
    line = text(block.texts[0])
    return f"<p><em>{line}</em></p>\n" if setting.story.id % 2 else f"<p>{line}</p>\n"


def _bare_link(block: Block, setting: Setting) -> str:
    target = attribute(absolute(block.texts[0], setting.address))
    return f'<p><a href="{target}">{target}</a></p>\n'


def _subhead(block: Block, _: Setting) -> str:
    return f"<h3>{text(block.texts[0])}</h3>\n"


def _quote(block: Block, _: Setting) -> str:
    return (
        "<blockquote>\n" + "".join(f"  <p>{text(words)}</p>\n" for words in block.texts) + "</blockquote>\n"
    )


def _list(tag: str) -> Markup:
    def markup(block: Block, _: Setting) -> str:
        return f"<{tag}>\n" + "".join(f"<li>{text(words)}</li>\n" for words in block.texts) + f"</{tag}>\n"

    return markup


def _bullets(block: Block, _: Setting) -> str:
    return "<p>" + "<br>".join("• " + text(words) for words in block.texts) + "</p>\n"


def _embed(host: str, inner: str) -> Markup:
    def markup(block: Block, _: Setting) -> str:
        shown = inner.format(attribute(block.texts[0]))
        return (
            "    <figure class='media  w-full  w-full  media--embed    media--stretch'>\n"
            f"        <div class='media__item  media__item--{host}  '>{shown}</div>\n    </figure>\n"
        )

    return markup


_tweet = _embed(
    "twitter",
    '<span><blockquote class="twitter-tweet" lang="en"><p>{}</p>'
    '<a href="https://twitter.com/kitepost/status/77">a message</a></blockquote></span>',
)
_instagram = _embed(
    "instagram",
    '<blockquote class="instagram-media" data-instgrm-captioned><div>'
    '<a href="https://www.instagram.com/p/kitepost/">{}</a></div></blockquote>',
)
_youtube = _embed(
    "youtube", '<iframe src="https://www.youtube.com/embed/kitepost" title="{}" allowfullscreen></iframe>'
)

_MARKUP: dict[Shape, Markup] = {
    Shape.PARAGRAPH: _paragraph,
    Shape.SUBHEAD: _subhead,
    Shape.QUOTE: _quote,
    Shape.UNORDERED: _list("ul"),
    Shape.ORDERED: _list("ol"),
    Shape.BULLETS: _bullets,
    Shape.PRINT_LINE: _print_line,
    Shape.FIGURE: _figure,
    Shape.TWEET: _tweet,
    Shape.TWEET_IN_P: lambda block, setting: f"<p>{_tweet(block, setting)}</p>\n",
    Shape.INSTAGRAM: _instagram,
    Shape.YOUTUBE: _youtube,
    Shape.AD: lambda _, setting: _AD.format(n=setting.number),
    Shape.PLAYER: lambda _, __: _PLAYER,
    Shape.RAIL: lambda _, setting: setting.rail,
    Shape.RULE: lambda _, __: "<hr />\n",
    Shape.BARE_LINK: _bare_link,
}
