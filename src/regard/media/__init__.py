"""Pictures and clips: upright RGB, decoded when needed, with the time of every frame."""
