"""Pages about oneself: at the entrance, and in the settings. Every reachable page of django-allauth is one of these."""
