"""Every fault of the look-alike, one by one and mixed: what becomes of a crawl that meets it."""
