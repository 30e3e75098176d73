"""Pure values and decisions: no Deferred, timer, socket, SQL, hook, clock or randomness."""
