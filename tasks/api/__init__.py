"""REST of projects, tasks, comments and what belongs to them: find, call one verb, answer."""
