"""Assignments: notebooks for students, their solutions, wrong answers, and the grader."""
