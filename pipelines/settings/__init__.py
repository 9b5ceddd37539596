"""The settings file: what it may say, and what it says; part by part."""
