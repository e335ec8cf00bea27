"""Common ground of every domain: values and registries, no Django."""
