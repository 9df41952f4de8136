"""The only place that knows HTTP: Connexion, Starlette, uvicorn."""
