"""Pages damaged at random, read by extraction, and what it must never do with them."""
