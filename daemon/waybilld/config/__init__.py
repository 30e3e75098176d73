"""Settings: one YAML file in, one checked value or the whole list of its mistakes out."""
