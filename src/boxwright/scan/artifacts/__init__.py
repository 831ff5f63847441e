"""Models, data sets, programs and libraries, by what is in their files."""
