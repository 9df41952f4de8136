"""What makes it a sandbox and not an API: fictional identities, fixtures, seeding."""
