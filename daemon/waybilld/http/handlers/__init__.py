"""What answers each entry of the route table: `async (app, request) -> Response`, callable without a socket."""
