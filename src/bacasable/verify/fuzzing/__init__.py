"""What Schemathesis needs to know of the kit: how to send, who calls, what must not be touched."""
