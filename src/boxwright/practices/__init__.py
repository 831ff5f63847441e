"""The checker: practices as rules, the rules over sources, their findings and fixes."""
