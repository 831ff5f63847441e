"""From a finished image to production: pushed, attested, signed, promoted, pinned."""
