"""What people type about themselves: at the entrance, in their settings, and to prove who they are."""
