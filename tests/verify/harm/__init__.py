"""Small servers that hold what is somebody's, each with a habit that a careless run harms by."""
