"""Marketplace adapters that come with waybilld. Each sees only the SDK."""
