"""The incidents by family. Each function puts one into a scene and says what it was.

It takes the scene, the day and the incident's number, and returns None when nobody is there whom
it could happen to that day.
"""
