"""YAML files that people write: read with the place of every value, checked, and every mistake said in their words."""
