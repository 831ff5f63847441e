"""A directory with an ML project, and the facts found in it, each with its evidence."""
