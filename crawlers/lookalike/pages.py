"""The markup of a story's page: head, header, body, and everything around it. Simpler than the real one."""

from __future__ import annotations

import json
from collections.abc import Iterable

from crawlers.lookalike import texts
from crawlers.lookalike.bodies import attribute, page_body, picture, text
from crawlers.lookalike.cards import byline, calendar, card, clock
from crawlers.lookalike.rails import Rails
from crawlers.lookalike.stories import Story


def story_page(story: Story, rails: Rails, address: str) -> str:
    """The whole page of a story, served from `address`."""
    return (
        f"{_head(story, address)}<body class='bg-white  template--story'>\n{masthead(address)}"
        "<div class='container mx-auto  px-2'>\n"
        "<article class='story relative overflow-hidden  single    bg-white' "
        f"data-id='{story.id}' id='{story.id}'"
        " data-layout='default' data-tags=''>\n"
        f"{_header(story, rails, address)}{_main(story, rails, address)}{_footer(story, rails, address)}"
        f"</article>\n{_below(rails, address)}</div>\n{_neighbours(rails, address)}{colophon(address)}"
        "</body>\n</html>\n"
    )


def masthead(address: str) -> str:
    """The top of every page: the menu and the form for searching."""
    links = ("home", "latest-news", "pakistan", "opinion", "business", "world", "sport", "magazines", "prism")
    menu = "".join(f"<a class='nav__link  px-2' href='{address}/{name}'>{name.title()}</a>" for name in links)
    return (
        f"<header class='headroom'><nav class='nav  flex'>{menu}</nav>"
        f"<form action='{address}/search'><input name='q' placeholder='Search'></form></header>\n"
        "<div id='div-gpt-ad-8800' class='ad__wrapper__slot  px-1'><script>var leaderboard = 1;</script>"
        "</div>\n"
    )


def colophon(address: str) -> str:
    """The bottom of every page: the footer and a consent dialog, which holds the page's only h1."""
    return (
        f"<footer class='footer  text-3'><a href='{address}/contact'>Contact</a> "
        f"<a href='{address}/terms'>Terms</a>"
        "<p>All rights to this made-up paper are given away.</p></footer>\n"
        "<div class='consent' role='dialog' hidden><h1>Your choice of cookies</h1>"
        "<p>This page would like to remember that it asked you.</p></div>\n"
    )


def _head(story: Story, address: str) -> str:
    canonical = f"{address}/news/{story.id}"
    title, description = attribute(story.title), attribute(story.excerpt)
    image = picture(story.id, "large")
    published = story.published.isoformat(" ")
    modified = story.updated.isoformat(" ")
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{text(story.title)} - {story.section} - DAWN.COM</title>\n"
        f"<meta name='description' content='{description}' />\n"
        f"<link rel='canonical' href='{canonical}' />\n"
        f"<link rel='amphtml' href='{address}/news/amp/{story.id}' />\n"
        f"<meta name='twitter:title' content='{title}' />\n"
        "<meta property='og:site_name' content='DAWN.COM' />\n<meta property='og:type' content='article' />\n"
        f"<meta property='og:url' content='{canonical}' />\n<meta property='og:title' content='{title}' />\n"
        f"<meta property='og:description' content='{description}' />\n"
        f"<meta property='og:image' content='{image}' />\n"
        f"<meta property='article:section' itemprop='articleSection' content='{story.section.lower()}' />\n"
        f"<meta property='article:published_time' content='{published}' />\n"
        f"<meta property='article:modified_time' content='{modified}' />\n"
        f"<meta name='author' content='{attribute(', '.join(story.authors))}' />\n"
        f'<script type="application/ld+json">{_ld(story, canonical, image)}</script>\n'
        "<link rel='stylesheet' href='/_css/page.css' media='all'>\n</head>\n"
    )


def _ld(story: Story, canonical: str, image: str) -> str:
    said = {
        "@context": "http://schema.org",
        "@type": "NewsArticle",
        "mainEntityOfPage": canonical,
        "headline": story.title,
        "description": story.excerpt,
        "datePublished": story.published.isoformat(),
        "dateModified": story.updated.isoformat(),
        "image": [{"@type": "ImageObject", "url": image, "caption": story.cover or ""}],
        "author": [{"@type": "Person", "name": name} for name in story.authors],
        "publisher": {"@type": "Organization", "name": "DAWN.COM"},
    }
    return json.dumps(said).replace("/", "\\/")


def _header(story: Story, rails: Rails, address: str) -> str:
    published, updated = story.published, story.updated
    cover = (
        "<div class='slideshow   w-full    slideshow--main'>"
        "<div class='slideshow__slide  slideshow__slide--first'>"
        "<figure class='media      media--uneven    media--fill'><div class='media__item              '>"
        "<picture>"
        f"<img src=\"{picture(story.id, 'primary')}\" alt='{attribute(story.cover)}' /></picture></div>"
        f"<figcaption class='media__caption '>{text(story.cover)}</figcaption></figure></div></div>\n"
        if story.cover
        else ""
    )
    return (
        '<div class="template__header  flow-root px-1  border-b  mb-4">\n'
        f"<h2 dir='auto' data-layout='story' data-id='{story.id}'  class='story__title      "
        "text-7.5  font-bold    mt-1'>"
        f"<a  href='{address}{story.path}'  class='story__link  '>{text(story.title)}</a></h2>\n"
        f"<div dir='auto' class='     my-3'>{byline(story.authors, address)}<span class='divider  '></span>"
        "<span class='story__time    text-3 text-gray-500   font-arial    '>    "
        "<span class='timestamp--published'>\n"
        "<span class='timestamp--label'>Published</span>\n"
        f"<span class='timestamp--date'>{published:%B} {published.day}, {published.year}</span>\n</span>\n"
        "<span class='timestamp--updated'><span class='divider'></span>"
        "<span class='timestamp--label'>Updated</span>\n"
        f"<span class='timestamp--time timeago' title='{updated.isoformat()}'>"
        f"<span class='timestamp__calendar'>{updated:%B} {updated.day}, {updated.year}</span> "
        f"<span class='timestamp__time'>{clock(updated)}</span></span></span></span></div>\n"
        f"{_share(story, rails, address)}{cover}</div>\n"
    )


def _share(story: Story, rails: Rails, address: str) -> str:
    return (
        "<div class='block  sm:inline-block'>"
        "<div class='social  social--facebook'><a href='https://www.facebook.com/sharer'>Share</a></div>"
        "<div class='social  social--whatsapp'><a href='WhatsApp://send'>Send</a></div>"
        f"<div class='social  social--print'><a href='{address}/news/print/{story.id}'>Print</a></div>"
        f"<div class='social  social--comment'><a href='#comments'><span>{rails.comments}</span></a>"
        "</div></div>\n"
    )


def _main(story: Story, rails: Rails, address: str) -> str:
    follow = (
        '<i>Follow Dawn Business on <a href="https://twitter.com/kitepost">one network</a> and '
        '<a href="https://www.linkedin.com/company/kitepost">another'
        "</a> for figures that were made up this morning.</i>\n"
    )
    return (
        '<div class="template__main  flow-root  px-1 w-full sm:w-2/3 mx-auto">\n'
        "<figure class='flex items-center'><figcaption class='text-3  uppercase'>"
        "<span>Listen&nbsp;to&nbsp;article</span>"
        f"</figcaption><audio id='tts' controls src='https://i.dawn.com/tts/{story.id}.mp3'></audio>"
        "<button>1x</button><button>1.2x</button><button>1.5x</button></figure>\n"
        "<div class='flex  whatsapp-channel'><a href='https://whatsapp.com/channel/kitepost'>Join "
        "our Whatsapp channel</a></div>\n"
        "<div dir='auto' class='story__content  overflow-hidden    text-4  sm:text-4.5        pt-1  mt-1'>"
        f"{page_body(story, address, _inside(rails, address))}\n    </div>\n"
        f"{follow if story.section == 'Business' else ''}</div>\n"
    )


def _inside(rails: Rails, address: str) -> str:
    shown = "".join(
        card(story, address, when=calendar(story), excerpt=True, names=True) for story in rails.inside
    )
    heading = "<h3 class='my-2'><a href='/opinion'>Opinion</a></h3>"
    return f"<div class='border-t-3  border-black  my-4'>\n{heading}\n{shown}</div>\n"


def _footer(story: Story, rails: Rails, address: str) -> str:
    # Letters say nowhere else on their page what they are.
    names = (story.section, *(("Letters",) if story.kind == "letter" else ()))
    badges = "".join(
        f"<span  id='{texts.slug(name)}'  dir='auto'  class='badge  inline-flex    text-2.5  uppercase'>"
        f"<a title='{name}' href='/{texts.slug(name)}'><span>{name} </span></a></span>\n"
        for name in names
    )
    return f"<div class='template__footer  flow-root  px-1'>\n{badges}{_share(story, rails, address)}</div>\n"


def _below(rails: Rails, address: str) -> str:
    urdu = "".join(
        f"<article class='story  box    ' data-id='{number}'><h2 dir='auto' class='story__title  font-urdu'>"
        f"<a href='https://www.dawnnews.tv/news/{number}/' "
        f"class='story__link  '>{texts.urdu(texts.die(number))}</a></h2></article>"
        for number in rails.urdu
    )
    comments = (
        "<section id='comments' class='comments  mx-auto'>"
        "<p class='font-bold'>Dear visitor, the comments section is "
        "having its shelves repainted and opens again when they are dry.</p><div>Comments</div>"
        "<form><textarea name='content' placeholder='Your Comment'></textarea><span>500 characters"
        "</span></form>"
        "<h4>COMMENT MOD POLICY</h4><p>Words are read before they are shown; kind ones are shown sooner."
        "</p></section>\n"
    )
    return (
        _box("Read more", "/read-more", (card(other, address) for other in rails.read_more))
        + "<div class='w-full'><h2  id='sponsored'  class='badge  inline-flex'>"
        + "<a href='/sponsor-content'>Sponsored</a></h2>\n"
        + card(rails.sponsored, address)
        + f"</div>\n<div class='w-full'><div class='my-3'>On DawnNews</div>{urdu}</div>\n"
        + f"<div class='w-full'><h3>Dawn News English</h3><p>{rails.hours} hours ago</p></div>\n"
        + comments
        + _box("Latest Stories", "/latest-news", (card(other, address) for other in rails.latest))
        + _box("Most Popular", "/popular", (card(other, address, excerpt=True) for other in rails.popular))
        + _box(
            "Must Read",
            "/must-read",
            (card(other, address, excerpt=True, names=True) for other in rails.must_read),
        )
        + "<!-- OPINION -->\n"
        + _box("Opinion", "/opinion", (_full(other, address) for other in rails.opinion))
        + "<!-- EDITORIAL -->\n"
        + _box("Editorial", "/opinion", (_full(other, address) for other in rails.editorial))
    )


def _full(story: Story, address: str) -> str:
    return card(story, address, when=calendar(story), excerpt=True, names=True)


def _box(name: str, path: str, cards: Iterable[str]) -> str:
    return (
        "<div class='border-t-3 border-black  sm:mx-2 mx-0'>\n<h3 class='my-2'>"
        f"<a class='font-bold  text-6' href='{path}'>"
        f"{name}</a></h3>\n<div class='grid  grid-cols-2  gap-2'>\n{''.join(cards)}</div></div>\n"
    )


def _neighbours(rails: Rails, address: str) -> str:
    return "".join(
        f"<div class='navstory  fixed  navstory--{which}'>"
        f"<a class='navstory__arrow' href='{address}{story.path}'>&lsaquo;</a>"
        "<div class='navstory__article'><h2 class='story__title  text-3'>"
        f"<a class='story__link  ' href='{address}{story.path}'>"
        f"{text(story.title)}</a></h2></div></div>\n"
        for which, story in zip(("next", "previous"), rails.neighbours, strict=True)
    )
