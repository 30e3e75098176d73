"""Bar codes as modules, with what scanners need around them."""
