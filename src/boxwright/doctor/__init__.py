"""Whether a project can be built and run on this machine, and what to do where it cannot."""
