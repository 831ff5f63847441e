"""One module for each kind of fact: a tree → what it says."""
