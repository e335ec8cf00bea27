"""The gallery of components, inside the product."""
