"""`make secrets`: what an environment keeps secret is made, kept and changed, and never shown."""
