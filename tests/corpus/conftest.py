"""These are files to check: nothing here is run."""

collect_ignore_glob = ["*"]
