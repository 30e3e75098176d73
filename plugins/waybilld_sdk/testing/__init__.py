"""The testing kit for plugin authors: drive an adapter without any event loop, and hold it against the contract.

The only part of the SDK that imports pytest; nothing outside tests imports this package.
"""
