"""The reference: what the package makes public, as text that Sphinx's autodoc turns into pages."""
