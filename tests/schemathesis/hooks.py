"""Lets Schemathesis judge the answers that are plain text or HTML: by their schema, as strings."""

import schemathesis


@schemathesis.deserializer("text/html", "text/plain")
def text(ctx, response):
    return response.content.decode()
