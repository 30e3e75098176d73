"""The public contract between waybilld and its plugins: values, errors, ports, hooks, and a testing kit.

A plugin imports this package and nothing else of waybilld. The package itself needs only the standard library, pydantic
and pluggy; it starts no timer, opens no socket and knows neither Twisted nor asyncio.
"""

API_VERSION = (1, 0)
"""Major and minor version of the contract. A plugin names the range it was written for in its `PluginInfo`."""
