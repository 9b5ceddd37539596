"""What an incident rests on, in one file that anybody can verify (docs/evidence.md)."""
