"""`make status`: one screen about an environment, once or kept fresh."""
