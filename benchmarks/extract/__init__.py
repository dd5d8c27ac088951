"""`make bench-extract`: our extraction beside other people's, on the same pages, in one run, in turn."""
