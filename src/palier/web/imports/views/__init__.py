"""Views of imports, by moment: laying files down, planning, running and after."""
