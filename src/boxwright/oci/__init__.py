"""The words of the OCI image specification as data; no input, no output."""
