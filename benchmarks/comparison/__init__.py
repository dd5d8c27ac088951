"""The whole of a crawl beside other people's crawlers: the same site, two visits, what is held then."""
