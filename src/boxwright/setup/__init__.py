"""A project → its Docker setup on disk: rendered, merged with edits, with secrets made up."""
