"""Requests of persons about what is held on them: shown, exported, erased."""
