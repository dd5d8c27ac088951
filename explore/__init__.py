"""The archive in a browser: `explore.app.application(root, site)` is what `dawn explore` serves on loopback.

A page is a question to the published file and a template: `today`, `search`, `story`, `coverage`,
`over_time`, `ask`, each with its routes. Reads only, and each answer from the publication that is there then.
"""
