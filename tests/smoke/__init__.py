"""What somebody outside sees of an environment: `make verify ENV=…`. Nothing is stored."""
