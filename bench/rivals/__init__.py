"""The sandbox beside other mock servers, on the same documents: see `__main__`."""
