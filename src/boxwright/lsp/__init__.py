"""The language server: findings, fixes and the rules' pages in an editor."""
