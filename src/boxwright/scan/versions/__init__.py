"""Which of two versions comes first, as each ecosystem has it: one module for each ordering."""
