"""What every interface of the service shares: errors, middleware, strict requests, access, streams, OpenAPI."""
