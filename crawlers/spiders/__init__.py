"""The three spiders: `latest` and `edition` discover what is listed, `stories` fetches what is owed."""
