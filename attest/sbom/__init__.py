"""SBOMs: one model, formats as pure functions of it."""
