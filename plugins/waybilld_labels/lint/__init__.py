"""What is wrong with a template or a page before it meets paper."""
