"""What schemathesis must be told about this interface: how records, one a line, are sent."""

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def records(ctx, value):
    """Sends a text as it stands, and whatever else was made up to be wrong as a record of its own."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    import json

    return json.dumps(value).encode()
