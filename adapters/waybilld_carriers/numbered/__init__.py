"""Own waybill numbers without any network: UPU S10 or GS1 SSCC from configured ranges."""
