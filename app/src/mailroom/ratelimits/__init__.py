"""How often somebody may ask: counted in Redis by all processes together, or by each alone while Redis is away."""
