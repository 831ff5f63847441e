"""Rules for the workflows of code hosts."""
