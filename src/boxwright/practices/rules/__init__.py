"""The rules, one module each, in a folder for what they look at."""
