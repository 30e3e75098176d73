"""The only loops: pollers, workers, lanes, the journal's tail, and what watches over them."""
