"""Column profiles as data: one YAML file for each kind of export."""
