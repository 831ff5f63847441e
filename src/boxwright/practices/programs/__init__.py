"""What programs in a RUN do: the command lines of package managers, downloaders and servers."""
