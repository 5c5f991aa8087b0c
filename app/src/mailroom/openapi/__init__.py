"""The OpenAPI document, made from the operations that the views declare, and the page that shows it."""
