"""dawn.com as Fundus would read it: its own utilities, and selectors for the layout of 2025.

Fundus has no parser for this site. This one is written as its contributors write theirs, with the fields they
ask of every publisher. Imported by the worker alone, inside Fundus's own virtual environment.
"""

# Fundus reads the annotations to know a field's default: they must be types, and unions the old kind.
# ruff: noqa: UP045

import datetime
from typing import Optional

from fundus.parser import ArticleBody, BaseParser, Image, ParserProxy, attribute, function
from fundus.parser.utility import (
    extract_article_body_with_selector,
    generic_author_parsing,
    generic_date_parsing,
    generic_topic_parsing,
    image_extraction,
    transform_breaks_to_tag,
)
from lxml.cssselect import CSSSelector
from lxml.etree import XPath

_BODY = CSSSelector(".template__main .story__content").path


class DawnParser(ParserProxy):
    """The parser's versions, by the day a page was fetched."""

    class V1(BaseParser):
        """The layout of 2025."""

        # A tweet stands in a paragraph of its own, which is no text of the story.
        _paragraph_selector = XPath(
            f"{_BODY}/p[not(.//figure)] | {_BODY}/blockquote/p | {_BODY}/ul/li | {_BODY}/ol/li"
        )
        _broken_selector = XPath(f"{_BODY}/p[br]")
        _header_selector = CSSSelector(".template__header")
        _subheadline_selector = XPath(f"{_BODY}/h3 | {_BODY}/h4")

        @function(priority=0)
        def _part_bullets(self) -> None:
            """A summary is one paragraph with line breaks, which its text would run together."""
            for paragraph in self._broken_selector(self.precomputed.doc):
                transform_breaks_to_tag(paragraph, replace=True)

        @attribute
        def body(self) -> Optional[ArticleBody]:
            """The text, without figures, adverts and embeds."""
            return extract_article_body_with_selector(
                self.precomputed.doc,
                paragraph_selector=self._paragraph_selector,
                subheadline_selector=self._subheadline_selector,
            )

        @attribute
        def title(self) -> Optional[str]:
            """The headline."""
            return self.precomputed.meta.get("og:title")

        @attribute
        def authors(self) -> list[str]:
            """Who is named in the JSON-LD."""
            return generic_author_parsing(self.precomputed.ld.bf_search("author"))

        @attribute
        def publishing_date(self) -> Optional[datetime.datetime]:
            """When it went online."""
            return generic_date_parsing(self.precomputed.ld.bf_search("datePublished"))

        @attribute
        def topics(self) -> list[str]:
            """The section, which is all a page says of its topics."""
            return generic_topic_parsing(self.precomputed.meta.get("article:section"))

        @attribute
        def images(self) -> list[Image]:
            """The pictures with their captions."""
            return image_extraction(
                doc=self.precomputed.doc,
                paragraph_selector=self._paragraph_selector,
                upper_boundary_selector=self._header_selector,
            )
