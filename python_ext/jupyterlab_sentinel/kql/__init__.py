"""KQL as text: tokens, literals, placeholders, scope; no I/O."""
