"""How notebooks become tests and pages: the executor, the guards, the Sphinx extensions."""
